// The options and where their values come from, what waits for a restart, and what the proxies gave up.
import { explain, get, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, field, fill, note, number, pill } from "./dom.js";
import { attempt, live } from "./live.js";
import { Table } from "./table.js";

async function reload(said, again, signal) {
  if (!(await confirmed("Read the configuration again?", "What takes effect at once does; the rest waits, and is listed here. A file with mistakes changes nothing.", "Reload", { signal }))) return;
  try {
    const { changes, warnings } = await post("api/reload", {});
    said.say(warnings.length ? "warn" : "good", [changes.length ? changes.join("; ") : "Nothing has changed", ...warnings].join("; "));
  } catch (error) {
    said.say("bad", explain(error));
  }
  again();
}

/** A line as --print-config has it: name = value, and behind spaces where it comes from. */
function option(line) {
  const parts = /^(\S+) = ("(?:[^"\\]|\\.)*"|\S+)\s+(.+)$/.exec(line);
  return parts ? { name: parts[1], value: parts[2], from: parts[3] } : { name: line, value: "", from: "" };
}

const optionColumns = [
  { title: "Option", value: (row) => row.name, key: (row) => row.name },
  { title: "Value", value: (row) => el("code", {}, row.value), key: (row) => row.value, wrap: true },
  { title: "From", value: (row) => (row.from === "default" ? el("span", { class: "muted" }, row.from) : row.from), key: (row) => row.from, wrap: true },
];

const limitColumns = [
  { title: "Limit", value: (row) => row.name, key: (row) => row.name, wrap: true },
  { title: "Value", value: (row) => (typeof row.value === "number" ? number(row.value) : String(row.value) || "–"), number: true },
];

const sandboxColumns = [
  { title: "Proxy", value: (row) => row.proxy, key: (row) => row.proxy },
  { title: "Measure", value: (row) => row.name, key: (row) => row.name },
  { title: "In force", value: (row) => (row.active ? pill("good", "yes") : pill("bad", "no")), key: (row) => String(row.active) },
  { title: "How", value: (row) => row.text, wrap: true },
];

function showWaiting(place, waiting) {
  const text = waiting.join("\n");
  if (place.dataset.text === text) return;
  place.dataset.text = text;
  fill(place, waiting.length ? el("div", { class: "note warn" }, el("b", {}, "Not in force yet"), el("ul", { class: "plain" }, waiting.map((one) => el("li", {}, one))))
    : el("div", { class: "note good" }, "Everything that the file says is in force."));
}

/** @type {import("./app.js").Page} */
export const configuration = {
  path: "configuration",
  title: "Configuration",
  mount(main, signal) {
    const [said, trouble] = [note(), note()];
    const waiting = el("div");
    const filter = el("input", { type: "search", autocomplete: "off", spellcheck: false });
    const set = el("input", { type: "checkbox" });
    const options = new Table("Options", optionColumns, "Loading…");
    const limits = new Table("Limits in force", limitColumns, "Loading…", { dense: true });
    const sandbox = new Table("Sandbox", sandboxColumns, "No proxy runs.");
    let known = [];
    const show = () => {
      const wanted = filter.value.toLowerCase();
      options.set(known.filter((one) => `${one.name} = ${one.value} ${one.from}`.toLowerCase().includes(wanted) && !(set.checked && one.from === "default")),
        known.length ? "No option matches." : "Loading…");
    };
    const load = () => attempt(async () => {
      known = (await get("api/configuration", {}, signal)).text.split("\n").filter((line) => line.trim()).map(option);
      show();
    }, signal, trouble);
    for (const one of [filter, set]) one.addEventListener("input", show);
    main.append(el("div", { class: "head" }, el("h1", {}, "Configuration"), el("span", { class: "stretch" }),
      el("button", { type: "button", onclick: () => reload(said, load, signal) }, "Reload…")), said.element, trouble.element, waiting,
    el("section", {}, el("div", { class: "head" }, el("h2", {}, "Options, as the file was read last"), el("span", { class: "stretch" }),
      el("label", { class: "check" }, set, "Only what is set"), field("Name, value or file", filter)), options.element),
    el("div", { class: "cards wide" }, el("section", {}, el("h2", {}, "Limits in force"), limits.element),
      el("section", {}, el("h2", {}, "What the children gave up"), sandbox.element)));
    live.on(({ status }) => {
      if (!status) return;
      showWaiting(waiting, status.waiting);
      limits.set(Object.entries(status.limits).map(([name, value]) => ({ name, value })));
      sandbox.set(Object.entries({ proxy: "HTTP proxy", admin: "admin proxy", courier: "courier" }).flatMap(([name, proxy]) => (status[name]?.sandbox ?? []).map((one) => ({ proxy, ...one }))));
    }, signal);
    load();
  },
};
