// Calling lists: what they hold, and by which campaigns they are called.
import { get } from "./api.js";
import { clock, el, note, number, pill } from "./dom.js";
import { poll } from "./live.js";
import { Table } from "./table.js";

const count = (row, name) => row.status.find((one) => one.name === name)?.records ?? 0;
const counted = (title, name) => ({ title, value: (row) => number(count(row, name)), key: (row) => count(row, name), number: true });
const others = (row) => row.status.filter((one) => !["Ready", "Retrieved", "Updated", "Stale"].includes(one.name)).reduce((sum, one) => sum + one.records, 0);

const columns = [
  { title: "List", value: (row) => el("a", { href: `#/records?list=${encodeURIComponent(row.name)}` }, row.name), key: (row) => row.name, name: true },
  { title: "Enabled", value: (row) => (row.enabled === false ? pill("calm", "off") : pill("good", "on")), key: (row) => String(row.enabled) },
  { title: "Records", value: (row) => number(row.records), key: (row) => row.records, number: true },
  counted("Ready", "Ready"), counted("Retrieved", "Retrieved"), counted("Updated", "Updated"), counted("Stale", "Stale"),
  { title: "Other", value: (row) => number(others(row)), key: others, number: true },
  { title: "Window", value: (row) => `${clock(row.from)}–${clock(row.till)}`, key: (row) => row.from },
  { title: "Tenant", value: (row) => row.tenant, key: (row) => row.tenant, name: true },
  { title: "Campaigns", value: (row) => row.campaigns.join(", ") || el("span", { class: "muted" }, "none"), wrap: true },
];

const resultColumns = [
  { title: "Call result", value: (row) => row.name, key: (row) => row.name },
  { title: "Records", value: (row) => number(row.records), key: (row) => row.records, number: true },
];

const importColumns = [
  { title: "List", value: (row) => row.list, key: (row) => row.list, name: true },
  { title: "File (its fingerprint)", value: (row) => row.source, key: (row) => row.source, wrap: true },
  { title: "State", value: (row) => (row.finished ? pill("good", "finished") : pill("warn", "unfinished")), key: (row) => String(row.finished) },
  { title: "Rows imported", value: (row) => number(row.rows), key: (row) => row.rows, number: true },
  { title: "Goes on at line", value: (row) => (row.finished ? "–" : number(row.next_line)), key: (row) => row.next_line, number: true },
];

function joined(catalogue, statistics) {
  const described = new Map((catalogue["calling-lists"] ?? []).map((one) => [one.name, one]));
  return statistics.lists.map((row) => {
    const of = described.get(row.name) ?? {};
    const campaigns = (catalogue.campaigns ?? []).filter((one) => (one.lists ?? []).some((entry) => entry.list === row.name)).map((one) => one.name);
    return { ...row, enabled: of.enabled, tenant: of.tenant ?? "", from: of["daily-from"] ?? 0, till: of["daily-till"] ?? 86400, campaigns };
  });
}

function results(lists) {
  const sums = new Map();
  for (const list of lists) for (const { name, records } of list.result) sums.set(name, (sums.get(name) ?? 0) + records);
  return [...sums].map(([name, records]) => ({ name, records })).sort((a, b) => b.records - a.records);
}

/** @type {import("./app.js").Page} */
export const lists = {
  path: "lists",
  title: "Lists",
  mount(main, signal) {
    const said = note();
    const table = new Table("Calling lists", columns, "There is no calling list yet. A catalogue with some is brought in by: outpostctl apply catalogue.json", { dense: true });
    const byResult = new Table("Records by call result", resultColumns, "There is no record yet.", { dense: true });
    const imports = new Table("Imports", importColumns, "Nothing has been imported yet: outpostctl import LIST FILE");
    main.append(el("div", { class: "head" }, el("h1", {}, "Lists and imports")), said.element,
      el("section", {}, el("h2", {}, "Calling lists"), table.element),
      el("section", {}, el("h2", {}, "Imports"), imports.element,
        el("p", { class: "muted" }, "An import that is unfinished runs, or was interrupted: the same command goes on where it was.")),
      el("section", {}, el("h2", {}, "Records of all lists by call result"), byResult.element));
    poll(async () => {
      const [catalogue, statistics, known] = await Promise.all([
          get("api/catalogue", {}, signal), get("api/statistics", {}, signal), get("api/imports", {}, signal)]);
      const rows = joined(catalogue, statistics);
      table.set(rows);
      byResult.set(results(rows));
      imports.set(known.imports);
    }, 5, signal, said);
  },
};
