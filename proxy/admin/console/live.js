// Server-sent events over fetch(): EventSource could not send the token in a header. It reconnects by itself, and says
// when it is cut off and when it is back.
import { ApiError, explain, failure, headers, learnClock, now } from "./api.js";

const RETRY_MS = 1000;
const REFUSED_MS = 10_000; // without the right token it is of little use to ask again; another token asks at once
const SILENCE_MS = 6000; // there is an event each second
const UNSEEN_MS = 20_000;

// A browser opens six connections to a server and no more, for all tabs together: a page that was left, or that nobody
// looks at, must not keep one. A page that was left may be kept frozen, to be shown again.
let left = false;
addEventListener("pagehide", () => { left = true; });
addEventListener("pageshow", () => { left = false; });

function seen(signal) {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = () => { over.abort(); resolve(); };
    const look = () => { if (!left && !document.hidden) end(); };
    document.addEventListener("visibilitychange", look, { signal: over.signal });
    addEventListener("pageshow", look, { signal: over.signal });
    signal.addEventListener("abort", end, { signal: over.signal });
    look();
  });
}

/** Calls `leave` when nobody looks any more. */
function mindSight(leave, signal) {
  let timer;
  addEventListener("pagehide", leave, { signal });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(leave, UNSEEN_MS);
  }, { signal });
}

/** Calls `on(name, data)` for each event of a body. */
async function readEvents(body, on, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    alive();
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (name && data) on(name, JSON.parse(data));
    }
  }
}

const pause = (ms, signal) => new Promise((resolve) => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
});

/**
 * Follows events until `signal` is aborted.
 * @param {string} path
 * @param {(name: string, data: any) => void} on
 * @param {(state: "live"|"cut", why: string) => void} told
 * @param {AbortSignal} signal
 */
export async function follow(path, on, told, signal) {
  for (;;) {
    await seen(signal);
    if (signal.aborted) return;
    const attempt = new AbortController();
    const leave = () => attempt.abort();
    signal.addEventListener("abort", leave, { once: true });
    mindSight(leave, attempt.signal);
    let watch;
    const alive = () => { clearTimeout(watch); watch = setTimeout(leave, SILENCE_MS); };
    let why = "the connection has ended";
    let wait = RETRY_MS;
    try {
      alive();
      const response = await fetch(path, { cache: "no-store", credentials: "omit", headers: headers(), signal: attempt.signal });
      learnClock(response);
      if (!response.ok) throw await failure(response);
      told("live", "");
      const since = Date.now();
      await readEvents(response.body, on, alive);
      // It has ended in order, for the token has to be looked at again: nobody need be told.
      if (Date.now() - since > RETRY_MS) continue;
    } catch (error) {
      why = error instanceof ApiError ? explain(error) : "the server does not answer";
      if (error.status === 401 || error.status === 403) wait = REFUSED_MS;
    } finally {
      clearTimeout(watch);
      attempt.abort();
      signal.removeEventListener("abort", leave);
    }
    if (signal.aborted) return;
    if (left || document.hidden) continue;
    told("cut", why);
    await pause(wait, signal);
  }
}

/** The status as it changes, for all pages, and what it was in the last minutes. */
class Live {
  constructor() {
    this.status = null;
    this.state = "cut";
    this.why = "connecting";
    /** @type {Array<{at: number, status: any}>} */
    this.history = [];
    this.listeners = new Set();
    this.stop = null;
  }

  /** Begins, or begins anew with another token. */
  start() {
    this.stop?.abort();
    this.stop = new AbortController();
    follow("events", (name, data) => { if (name === "status") this.take(data); },
      (state, why) => { this.state = state; this.why = why; this.tell(); }, this.stop.signal);
  }

  take(status) {
    const last = this.history.at(-1);
    if (last && last.status.pid !== status.pid) this.history = []; // counters begin anew
    this.status = status;
    this.history.push({ at: now() / 1000, status });
    if (this.history.length > Live.SAMPLES) this.history.shift();
    this.tell();
  }

  tell() { for (const one of this.listeners) one(this); }

  /** Calls `one(live)` now and at each change, until `signal` is aborted. */
  on(one, signal) {
    this.listeners.add(one);
    signal.addEventListener("abort", () => this.listeners.delete(one), { once: true });
    one(this);
  }
}
Live.SAMPLES = 900;

export const live = new Live();

/**
 * Does what asks the server.
 * @param {() => Promise<void>} work
 * @param {AbortSignal} signal the page's: one that was left says nothing more
 * @param {import("./dom.js").Note} trouble says why it failed, until it no longer does
 */
export async function attempt(work, signal, trouble) {
  try {
    await work();
    trouble.clear();
  } catch (error) {
    if (!signal.aborted && error.name !== "AbortError") trouble.say("bad", explain(error));
  }
}

/**
 * Calls `load()` now and every few seconds while the page is looked at; returns what makes it load at once.
 * @param {import("./dom.js").Note} trouble says why it could not, until it can
 */
export function poll(load, seconds, signal, trouble) {
  let busy = false;
  const turn = async () => {
    if (busy || document.hidden) return;
    busy = true;
    await attempt(load, signal, trouble);
    busy = false;
  };
  const timer = setInterval(turn, seconds * 1000);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  turn();
  return turn;
}
