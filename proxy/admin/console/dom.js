// Elements made of data. Text is set as text, and nothing here takes markup: what a client of the service has sent can
// only be read.

/**
 * @param {string} tag
 * @param {Object<string, any>} [properties] `class`, `on...` handlers, `data-`/`aria-` attributes, or properties
 * @param {...(Node|string|number|null|undefined|false)} children
 */
export function el(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && !name.startsWith("aria")) made[name] = value;
    else made.setAttribute(name, value);
  }
  fill(made, ...children);
  return made;
}

/** Replaces what is in an element. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat().filter((one) => one !== null && one !== undefined && one !== false)
    .map((one) => (one instanceof Node ? one : document.createTextNode(String(one)))));
  return parent;
}

const marks = { good: "✓", warn: "!", bad: "✕", calm: "○", busy: "●" };

/** A state in words, with a mark and a colour. @param {"good"|"warn"|"bad"|"calm"|"busy"} kind */
export function pill(kind, text) {
  return el("span", { class: `pill ${kind}` }, el("span", { "aria-hidden": "true" }, marks[kind]), text);
}

/** @param {string} role */
export function rolePill(role) {
  if (role === "primary") return el("span", { class: "pill good" }, el("span", { "aria-hidden": "true" }, "●"), role);
  return pill(role === "backup" ? "calm" : "warn", role);
}

/** Names and values, in place: those that stay the same are not touched. */
export class Facts {
  constructor() {
    this.element = el("dl", { class: "facts" });
    this.shown = new Map();
  }
  /** @param {Array<[string, Node|string|number]>} rows */
  set(rows) {
    const names = rows.map((row) => row[0]).join("\n");
    if (names !== this.names) {
      this.names = names;
      this.shown.clear();
      this.element.replaceChildren();
      for (const [name] of rows) {
        const value = el("dd");
        this.element.append(el("dt", {}, name), value);
        this.shown.set(name, value);
      }
    }
    for (const [name, value] of rows) {
      const place = this.shown.get(name);
      const text = value instanceof Node ? value.textContent : String(value ?? "");
      if (place.textContent === text && !(value instanceof Node && text === "")) continue;
      fill(place, value);
    }
  }
}

export const number = (value) => (typeof value === "number" ? value.toLocaleString() : "–");

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return `${value.toFixed(unit && value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** Local time, with UTC in the title. @param {number} ms since the epoch; 0: none */
export function time(ms) {
  if (!ms) return el("span", { class: "muted" }, "–");
  const when = new Date(ms);
  const pad = (value) => String(value).padStart(2, "0");
  const day = `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())}`;
  const text = `${day} ${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}`;
  return el("time", { dateTime: when.toISOString(), title: `${when.toISOString()} (UTC)` }, text);
}

/** @param {number} seconds */
export function span(seconds) {
  if (seconds < 0) return `−${span(-seconds)}`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

/** Seconds since midnight as a clock shows them. */
export function clock(seconds) {
  const pad = (value) => String(value).padStart(2, "0");
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor((seconds % 3600) / 60))}`;
}

/** A figure that stands out, with what it is. */
export class Figures {
  /** @param {string[]} titles */
  constructor(titles) {
    this.values = titles.map(() => [el("dd"), el("dd", { class: "muted" })]);
    this.element = el("dl", { class: "figures" }, titles.map((title, index) => el("div", {}, el("dt", {}, title), this.values[index])));
  }
  /** @param {Array<[string, string]>} rows figure, and a word about it */
  set(rows) {
    rows.forEach((row, index) => row.forEach((text, part) => {
      const place = this.values[index][part];
      if (place.textContent !== text) place.textContent = text;
    }));
  }
}

/**
 * A message for a person under what he did.
 * @typedef {{element: HTMLElement, say: (kind: string, text: string) => void, clear: () => void}} Note
 * @returns {Note}
 */
export function note() {
  const element = el("div", { class: "note", role: "status" });
  return {
    element,
    // What is there already is not said again: a reader of the screen would begin anew.
    say(kind, text) {
      if (element.textContent === text) return;
      element.className = `note ${kind}`;
      element.textContent = text;
    },
    clear() { if (element.textContent) element.textContent = ""; },
  };
}

/** Fills a place only when it would read differently: a live region is read out at each change. */
export function keep(place, made) {
  if (place.textContent !== made.textContent) place.replaceChildren(made);
}

/** A name within a sentence, whichever way it is written. */
export const isolated = (text) => `\u2068${text}\u2069`;

export const field = (title, input) => el("label", {}, title, input);
