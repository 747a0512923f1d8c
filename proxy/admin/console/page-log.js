// The logs, as they are written: the end of each file, then what comes.
import { el, field, fill, keep, note, pill } from "./dom.js";
import { follow, live } from "./live.js";

const LINES_MAX = 2000; // of each log; older ones go
const logs = [["supervisor", "Supervisor"], ["proxy", "HTTP proxy"], ["admin", "Admin proxy"], ["courier", "Courier"]];
const SHOWN = ["supervisor", "proxy"]; // at first; the others not everybody has
const ENTRY_MAX = 200; // lines
const BEGINS = /^\d{4}-\d\d-\d\dT/; // a line of its own; others belong to the one before

class Pane {
  constructor(title) {
    this.entries = []; // one or more lines each, oldest first
    this.lines = 0;
    this.text = el("div", { class: "log", tabIndex: 0, role: "log", "aria-live": "off", "aria-label": `Log of the ${title}` });
    this.count = el("span", { class: "muted" });
    this.element = el("section", {}, el("div", { class: "head" }, el("h2", {}, title), this.count), this.text);
  }

  clear() {
    this.entries = [];
    this.lines = 0;
    this.text.replaceChildren();
  }

  take(data) {
    if (data.passed_over) this.add(`… ${data.passed_over.toLocaleString()} bytes came too fast and are not shown …`, "missing");
    // More than are kept need not be made at all.
    for (const line of data.lines.split("\n").slice(-LINES_MAX - 1)) {
      const last = this.entries.at(-1);
      if (!line) continue;
      if (last && !BEGINS.test(line) && last.kind !== "missing" && last.lines < ENTRY_MAX) this.goOn(last, line);
      else this.add(line, /^\S+ Std /.test(line) ? "std" : "");
    }
    while (this.lines > LINES_MAX && this.entries.length > 1) {
      const gone = this.entries.shift();
      this.lines -= gone.lines;
      gone.place?.remove();
    }
  }

  add(text, kind) {
    this.entries.push({ text, kind, lines: 1, place: null });
    this.lines += 1;
  }

  goOn(entry, line) {
    entry.text += `\n${line}`;
    entry.lines += 1;
    this.lines += 1;
    if (entry.place) entry.place.textContent = entry.text;
  }

  /** Shows what has come. @param {string} wanted only entries with this, in small letters */
  show(wanted) {
    const following = this.text.scrollTop + this.text.clientHeight >= this.text.scrollHeight - 30;
    let shown = 0;
    const made = [];
    for (const entry of this.entries) {
      const missing = entry.kind === "missing"; // what is lost is said whatever is looked for
      const hidden = wanted !== "" && !missing && !entry.text.toLowerCase().includes(wanted);
      if (!entry.place) made.push(entry.place = el("div", { class: entry.kind }, entry.text));
      entry.place.hidden = hidden;
      if (!hidden && !missing) shown += 1;
    }
    this.text.append(...made);
    this.count.textContent = wanted === "" ? "" : `${shown.toLocaleString()} of ${this.entries.length.toLocaleString()} entries`;
    if (following) this.text.scrollTop = this.text.scrollHeight;
  }
}

/** Calls `show` once before the next picture, however often it is asked to. */
function drawn(show) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; show(); });
  };
}

/** @type {import("./app.js").Page} */
export const log = {
  path: "log",
  title: "Log",
  mount(main, signal, query) {
    const said = note();
    const state = el("span", { role: "status" });
    const filter = el("input", { type: "search", autocomplete: "off", spellcheck: false, value: query.get("lines") ?? "" });
    const panes = new Map(logs.map(([name, title]) => [name, new Pane(title)]));
    const boxes = logs.map(([name]) => el("input", { type: "checkbox", name, checked: SHOWN.includes(name) }));
    const labels = boxes.map((box, index) => el("label", { class: "check" }, box, logs[index][1]));
    const places = el("div", { class: "stack" });
    let paused = false;
    let stream = null;
    const show = drawn(() => { if (!paused && !signal.aborted) for (const pane of panes.values()) pane.show(filter.value.toLowerCase()); });
    const hold = el("button", { type: "button", "aria-pressed": "false", onclick: () => {
      paused = !paused;
      hold.setAttribute("aria-pressed", String(paused));
      show();
    } }, "Pause");
    const begin = () => {
      stream?.abort();
      stream = new AbortController();
      const wanted = boxes.filter((box) => box.checked).map((box) => box.name);
      fill(places, wanted.length ? wanted.map((name) => panes.get(name).element) : el("section", { class: "muted" }, "No log is chosen."));
      if (!wanted.length) return fill(state);
      keep(state, pill("warn", "connecting"));
      follow(`events?${wanted.map((name) => `log=${name}`).join("&")}`, (name, data) => {
        if (name !== "log") return;
        panes.get(data.log)?.take(data);
        show();
      }, (now, why) => {
        keep(state, now === "live" ? pill("good", "live") : pill("bad", "cut off"));
        // A stream begins with the end of the files, which may be here already.
        if (now === "live") for (const pane of panes.values()) pane.clear();
        else said.say("bad", `Trying again: ${why}`);
        if (now === "live") said.clear();
      }, stream.signal);
    };
    signal.addEventListener("abort", () => stream?.abort(), { once: true });
    for (const box of boxes) box.addEventListener("change", begin);
    // Only those that there are, which a new configuration may change.
    live.on(({ status }) => {
      const there = (box) => (status ? box.name in status.logs : SHOWN.includes(box.name));
      const gone = boxes.filter((box) => box.checked && !there(box));
      for (const [index, box] of boxes.entries()) labels[index].hidden = !there(box);
      for (const box of gone) box.checked = false;
      if (gone.length && stream) begin();
    }, signal);
    filter.addEventListener("input", show);
    main.append(el("div", { class: "head" }, el("h1", {}, "Log"), state, el("span", { class: "stretch" }),
      el("div", { class: "checks", role: "group", "aria-label": "Logs" }, labels),
      field("Only entries with", filter), hold), said.element, places);
    begin();
  },
};
