// The logs, as they are written: the end of each file, then what comes.
import { el, fill, note, pill } from "./dom.js";
import { follow } from "./live.js";

const LINES_MAX = 2000; // of each log; older ones go
const logs = [["supervisor", "Supervisor"], ["proxy", "HTTP proxy"], ["admin", "Admin proxy"]];

class Pane {
  constructor(title) {
    this.title = title;
    this.lines = [];
    this.paused = [];
    this.text = el("div", { class: "log", tabIndex: 0, role: "log", "aria-live": "off", "aria-label": `Log of the ${title}` });
    this.element = el("section", {}, el("h2", {}, title), this.text);
  }

  take(data) {
    if (data.passed_over) this.add(`… ${data.passed_over.toLocaleString()} bytes came too fast and are not shown …`, "missing");
    for (const line of data.lines.split("\n")) if (line) this.add(line, /^\S+ Std /.test(line) ? "std" : "");
  }

  add(text, kind) {
    this.lines.push(el("div", { class: kind }, text));
    const gone = this.lines.length - LINES_MAX;
    for (const line of this.lines.splice(0, Math.max(0, gone))) line.remove();
  }

  /** Shows what has come. @param {string} wanted only lines with this */
  show(wanted) {
    const following = this.text.scrollTop + this.text.clientHeight >= this.text.scrollHeight - 30;
    for (const line of this.lines) {
      line.hidden = wanted !== "" && !line.textContent.toLowerCase().includes(wanted);
      if (!line.parentNode) this.text.append(line);
    }
    if (following) this.text.scrollTop = this.text.scrollHeight;
  }
}

/** @type {import("./app.js").Page} */
export const log = {
  path: "log",
  title: "Log",
  mount(main, signal) {
    const said = note();
    const state = el("span", { role: "status" });
    const filter = el("input", { type: "search", placeholder: "only lines with", "aria-label": "Only lines with" });
    const panes = new Map(logs.map(([name, title]) => [name, new Pane(title)]));
    const boxes = logs.map(([name, title]) => el("input", { type: "checkbox", name, checked: name !== "admin" }));
    const places = el("div", { class: "stack" });
    let paused = false;
    let stream = null;
    const show = () => { if (!paused) for (const pane of panes.values()) pane.show(filter.value.toLowerCase()); };
    const hold = el("button", { type: "button", "aria-pressed": "false", onclick: () => {
      paused = !paused;
      hold.setAttribute("aria-pressed", String(paused));
      hold.textContent = paused ? "Go on" : "Pause";
      show();
    } }, "Pause");
    const begin = () => {
      stream?.abort();
      stream = new AbortController();
      const wanted = boxes.filter((box) => box.checked).map((box) => box.name);
      fill(places, wanted.map((name) => panes.get(name).element));
      fill(state, pill("warn", "connecting"));
      const asked = wanted.map((name) => `log=${name}`).join("&");
      follow(`events?${asked}`, (name, data) => {
        if (name !== "log") return;
        panes.get(data.log)?.take(data);
        show();
      }, (now, why) => {
        fill(state, now === "live" ? pill("good", "live") : pill("bad", "cut off"));
        // A stream begins with the end of the files, which may be here already.
        if (now === "live") for (const pane of panes.values()) { pane.lines = []; pane.text.replaceChildren(); }
        else said.say("bad", `${why}; trying again`);
        if (now === "live") said.clear();
      }, stream.signal);
    };
    signal.addEventListener("abort", () => stream?.abort(), { once: true });
    for (const box of boxes) box.addEventListener("change", begin);
    filter.addEventListener("input", show);
    main.append(el("div", { class: "head" }, el("h1", {}, "Log"), state, el("span", { class: "stretch" }),
      boxes.map((box, index) => el("label", { class: "check" }, box, logs[index][1])), filter, hold), said.element, places);
    begin();
  },
};
