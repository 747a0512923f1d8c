// Requests to the admin face. The token is kept for this tab alone, and travels in a header, never in an address.

const KEY = "outpost-token";

export class ApiError extends Error {
  /** @param {number} status 0: nobody answered */
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

export const token = () => sessionStorage.getItem(KEY) ?? "";

export function setToken(value) {
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

// A browser whose clock is wrong must not make a certificate expired or a window closed: time is the server's.
const JUMP_MS = 2000; // the header has whole seconds
let ahead = 0;

/** @param {Response} response */
export function learnClock(response) {
  const difference = Date.parse(response.headers.get("Date") ?? "") - Date.now();
  if (Math.abs(difference - ahead) > JUMP_MS) ahead = difference;
}

/** Milliseconds since the epoch, by the server's clock. */
export const now = () => Date.now() + ahead;

export function headers(more = {}) {
  return token() ? { ...more, Authorization: `Bearer ${token()}` } : more;
}

/** Why a response is none that was wished for. @param {Response} response */
export async function failure(response) {
  let text = `status ${response.status}`;
  try {
    text = (await response.json()).error ?? text;
  } catch { /* no JSON: the status has to do */ }
  return new ApiError(response.status, text);
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", credentials: "omit", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "the server does not answer");
  }
  learnClock(response);
  if (!response.ok) throw await failure(response);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "the answer was cut off");
  }
}

/** @param {string} path @param {Object<string, any>} [query] members that are empty are left out */
export function get(path, query = {}, signal = undefined) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") given.append(name, String(one));
    }
  }
  const text = given.toString();
  return send(text ? `${path}?${text}` : path, { headers: headers(), signal });
}

/** Changes something. @param {string} path @param {object} body */
export function post(path, body) {
  return send(path, { method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body) });
}

/** What a person can do about an error. */
export function explain(error) {
  if (error.status === 401) return `${error.message}. Enter a token with the button "Token" at the top.`;
  if (error.status === 403) return `${error.message}. A token for the resource admin and the request Write is needed, and the listener's option admin-write.`;
  return error.message;
}
