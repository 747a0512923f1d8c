// The options and where their values come from, what waits for a restart, and what the proxies gave up.
import { explain, get, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, fill, note, number, pill } from "./dom.js";
import { live } from "./live.js";
import { Table } from "./table.js";

async function reload(said, again) {
  if (!(await confirmed("Read the configuration again?", "What takes effect at once does; the rest waits, and is listed here. A file with mistakes changes nothing.", "Reload"))) return;
  try {
    const { changes, warnings } = await post("api/reload", {});
    said.say(warnings.length ? "warn" : "good", [changes.length ? changes.join("; ") : "nothing has changed", ...warnings].join("; "));
  } catch (error) {
    said.say("bad", explain(error));
  }
  again();
}

/** @type {import("./app.js").Page} */
export const configuration = {
  path: "configuration",
  title: "Configuration",
  mount(main, signal) {
    const said = note();
    const waiting = el("div");
    const text = el("pre", { class: "text", tabIndex: 0, role: "region", "aria-label": "Options" });
    const filter = el("input", { type: "search", placeholder: "part of a name or value", "aria-label": "Show lines with" });
    const limits = new Table("Limits in force", [
      { title: "Limit", value: (row) => row[0], key: (row) => row[0] },
      { title: "Value", value: (row) => (typeof row[1] === "number" ? number(row[1]) : String(row[1]) || "–"), number: true },
    ], "none");
    const sandbox = new Table("Sandbox", [
      { title: "Proxy", value: (row) => row.proxy, key: (row) => row.proxy },
      { title: "Measure", value: (row) => row.name, key: (row) => row.name },
      { title: "In force", value: (row) => (row.active ? pill("good", "yes") : pill("bad", "no")), key: (row) => String(row.active) },
      { title: "How", value: (row) => row.text, wrap: true },
    ], "no proxy runs");
    let lines = [];
    const show = () => {
      const wanted = filter.value.toLowerCase();
      text.textContent = lines.filter((line) => line.toLowerCase().includes(wanted)).join("\n");
    };
    const load = async () => {
      try {
        lines = (await get("api/configuration", {}, signal)).text.split("\n");
        show();
      } catch (error) {
        if (error.name !== "AbortError") said.say("bad", explain(error));
      }
    };
    filter.addEventListener("input", show);
    main.append(el("div", { class: "head" }, el("h1", {}, "Configuration"), el("span", { class: "stretch" }),
      el("button", { type: "button", onclick: () => reload(said, load) }, "Reload…")), said.element, waiting,
    el("section", {}, el("div", { class: "head" }, el("h2", {}, "Options, as the file was read last"), el("span", { class: "stretch" }), filter), text),
    el("div", { class: "cards wide" }, el("section", {}, el("h2", {}, "Limits in force"), limits.element),
      el("section", {}, el("h2", {}, "What the proxies gave up"), sandbox.element)));
    live.on(({ status }) => {
      if (!status) return;
      if (waiting.dataset.text !== status.waiting.join("\n")) {
        waiting.dataset.text = status.waiting.join("\n");
        fill(waiting, status.waiting.length ? el("div", { class: "note warn" }, el("b", {}, "Not in force yet"), el("ul", { class: "plain" }, status.waiting.map((one) => el("li", {}, one))))
          : el("div", { class: "note good" }, "Everything that the file says is in force."));
      }
      limits.set(Object.entries(status.limits));
      sandbox.set(["proxy", "admin"].flatMap((proxy) => (status[proxy]?.sandbox ?? []).map((one) => ({ proxy: proxy === "proxy" ? "HTTP" : "admin", ...one }))));
    }, signal);
    load();
  },
};
