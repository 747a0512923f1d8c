// Finds records, and shows one of them with its chain, who holds it, and what changes while it is looked at.
import { explain, get } from "./api.js";
import { clock, el, Facts, field, fill, note, time } from "./dom.js";
import { poll } from "./live.js";
import { Table } from "./table.js";

const PAGE = 50;
const HISTORY_MAX = 200;
const times = new Set(["dial_sched_time", "call_time", "opened_at", "touched_at"]);
const clocks = new Set(["daily_from", "daily_till"]);
/** What statistics call the numbers of a column. */
const named = { record_status: "status", record_type: "type", call_result: "result" };

/** Names of numbers, learnt from the statistics. */
class Names {
  constructor() { this.known = new Map(); }
  learn(lists) {
    for (const list of lists) for (const kind of ["status", "type", "result"]) {
      for (const { value, name } of list[kind]) this.known.set(`${kind} ${value}`, name);
    }
  }
  show(column, value) {
    if (times.has(column)) return time(value * 1000);
    if (clocks.has(column)) return clock(value);
    const name = named[column] && this.known.get(`${named[column]} ${value}`);
    return name ?? (value === "" ? "–" : String(value));
  }
}

function recordColumns(names, open) {
  const plain = (title, column) => ({ title, value: (row) => names.show(column, row[column]), key: (row) => row[column] });
  return [
    { title: "Record", value: (row) => el("button", { type: "button", class: "plain", "aria-label": `record ${row.record_id}`, onclick: () => open(row.record_id) }, row.record_id), key: (row) => row.record_id, number: true },
    plain("Contact", "contact_info"), plain("Status", "record_status"), plain("Result", "call_result"), plain("Type", "record_type"),
    plain("Agent", "agent_id"), plain("Customer", "customer_id"), { ...plain("Attempts", "attempt"), number: true },
    plain("Due", "dial_sched_time"), plain("Called", "call_time"), plain("Zone", "tz_name"), { ...plain("Chain", "chain_id"), number: true },
  ];
}

/** One record, read again and again; what differs is kept while the page is open. */
function showRecord(place, list, id, names, signal) {
  const said = note();
  const [facts, handle, custom] = [new Facts(), new Facts(), new Facts()];
  const chain = new Table("Chain", recordColumns(names, (other) => { location.hash = `#/records?list=${encodeURIComponent(list)}&record=${other}`; }), "no chain");
  const changes = new Table("Changes since the page was opened", [
    { title: "Seen", value: (row) => time(row.at), key: (row) => row.at },
    { title: "Column", value: (row) => row.column, key: (row) => row.column },
    { title: "Before", value: (row) => names.show(row.column, row.before), wrap: true },
    { title: "After", value: (row) => names.show(row.column, row.after), wrap: true },
  ], "nothing has changed since this page was opened; what came before is in the log");
  fill(place, el("div", { class: "head" }, el("h2", {}, `Record ${id} of ${list}`)), said.element,
    el("div", { class: "cards wide" }, el("section", {}, el("h2", {}, "State"), facts.element),
      el("section", {}, el("h2", {}, "Held by"), handle.element, el("h2", {}, "Custom fields"), custom.element)),
    el("section", {}, el("h2", {}, "Its chain"), chain.element), el("section", {}, el("h2", {}, "What changed"), changes.element));
  let last = null;
  const seen = [];
  const flat = (record, holder) => Object.fromEntries([...Object.entries(record).filter(([name]) => name !== "custom"),
    ...Object.entries(record.custom).map(([name, value]) => [`custom ${name}`, value]), ["held by", holder?.agent_id ?? ""]]);
  poll(async () => {
    try {
      const { record, handle: holder } = await get("api/record", { list, record_id: id }, signal);
      const now = flat(record, holder);
      for (const column of last ? new Set([...Object.keys(last), ...Object.keys(now)]) : []) {
        if (last[column] !== now[column]) seen.unshift({ at: Date.now(), column, before: last[column] ?? "", after: now[column] ?? "" });
      }
      seen.length = Math.min(seen.length, HISTORY_MAX);
      last = now;
      facts.set(Object.entries(record).filter(([name]) => name !== "custom").map(([name, value]) => [name, names.show(name, value)]));
      handle.set(holder ? Object.entries(holder).map(([name, value]) => [name, names.show(name, value)]) : [["Held", "by nobody"]]);
      custom.set(Object.entries(record.custom));
      changes.set(seen);
      chain.set((await get("api/records", { list, chain: record.chain_id, limit: PAGE }, signal)).records);
      said.clear();
    } catch (error) {
      if (error.name !== "AbortError") said.say("bad", explain(error));
    }
  }, 2, signal);
}

/** @type {import("./app.js").Page} */
export const records = {
  path: "records",
  title: "Records",
  mount(main, signal, query) {
    const names = new Names();
    const said = note();
    const list = el("select", { name: "list", required: true });
    const inputs = ["contact", "customer_id", "agent"].map((name) => el("input", { name, autocomplete: "off", spellcheck: false, value: query.get(name) ?? "" }));
    const status = el("select", { name: "status" }, el("option", { value: "" }, "any"),
      ["Ready", "Retrieved", "Updated", "Stale", "Cancelled", "AgentError", "ChainUpdated", "MissedCallBack"].map((one, index) => el("option", { value: index + 1 }, one)));
    const detail = el("div", { class: "stack" });
    const more = el("button", { type: "button", hidden: true }, "More");
    // What is asked for, as of the last Find.
    let [asked, opened] = [{ given: {}, found: [], next: null }, null];
    const open = (id) => {
      opened?.abort();
      opened = new AbortController();
      signal.addEventListener("abort", () => opened.abort(), { once: true });
      showRecord(detail, asked.given.list ?? list.value, id, names, opened.signal);
      detail.scrollIntoView({ block: "start" });
    };
    const table = new Table("Records found", recordColumns(names, open), "look for a contact, a customer, an agent, or leave all empty for the first of the list");
    const load = async () => {
      const mine = asked;
      more.disabled = true;
      try {
        const page = await get("api/records", { ...mine.given, limit: PAGE, after: mine.next }, signal);
        if (mine !== asked) return;
        mine.found = [...mine.found, ...page.records];
        mine.next = page.next;
        more.disabled = false;
        more.hidden = mine.next === null;
        table.empty = "no record is like that";
        table.text = "";
        table.set(mine.found);
        said.clear();
      } catch (error) {
        more.disabled = false;
        if (error.name !== "AbortError") said.say("bad", explain(error));
      }
    };
    more.addEventListener("click", load);
    const find = (event) => {
      event?.preventDefault();
      asked = { given: Object.fromEntries(new FormData(form)), found: [], next: null };
      load();
    };
    const form = el("form", { class: "row", onsubmit: find }, field("List", list), field("Contact", inputs[0]), field("Customer id", inputs[1]),
      field("Agent", inputs[2]), field("Status", status), el("button", { class: "main" }, "Find"));
    main.append(el("div", { class: "head" }, el("h1", {}, "Records")), form, said.element,
      el("section", {}, el("h2", {}, "Found"), table.element, more), detail);
    (async () => {
      try {
        const { lists } = await get("api/statistics", {}, signal);
        names.learn(lists);
        fill(list, lists.map((one) => el("option", { value: one.name }, one.name)));
        if (query.get("list")) list.value = query.get("list");
        if (query.get("record")) open(Number(query.get("record")));
        else if (lists.length) find();
      } catch (error) {
        if (error.name !== "AbortError") said.say("bad", explain(error));
      }
    })();
  },
};
