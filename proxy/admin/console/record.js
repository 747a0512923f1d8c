// One record: how it stands, when what happened, its chain; read again and again while it is looked at.
import { get, now } from "./api.js";
import { clock, el, Facts, fill, isolated, note, number, pill, time } from "./dom.js";
import { poll } from "./live.js";
import { Table } from "./table.js";
import { meaning, secondOfDay, timeline } from "./timeline.js";

const CHAIN_MAX = 50;
const SEEN_MAX = 200;
const times = new Set(["dial_sched_time", "call_time", "opened_at", "touched_at"]);
const clocks = new Set(["daily_from", "daily_till"]);
/** What statistics call the numbers of a column. */
const named = { record_status: "status", record_type: "type", call_result: "result" };
const kinds = { 1: "calm", 2: "busy", 3: "good", 4: "warn", 5: "calm", 6: "bad", 7: "calm", 8: "warn" }; // of statuses
const tags = { kept: "stored", seen: "seen", next: "to come" };

/** Names of numbers, learnt from the statistics. */
export class Names {
  constructor() { this.known = new Map(); }
  learn(lists) {
    for (const list of lists) for (const kind of ["status", "type", "result"]) {
      for (const { value, name } of list[kind]) this.known.set(`${kind} ${value}`, name);
    }
  }
  /** Of a number that came up after the last look. */
  async complete(record, signal) {
    if (Object.entries(named).every(([column, kind]) => this.known.has(`${kind} ${record[column]}`))) return;
    this.learn((await get("api/statistics", {}, signal)).lists);
  }
  show(column, value) {
    if (times.has(column)) return time(value * 1000);
    if (clocks.has(column)) return clock(value);
    const name = named[column] && this.known.get(`${named[column]} ${value}`);
    return name ?? (value === "" ? "–" : String(value));
  }
  text(column, value) {
    const shown = this.show(column, value);
    return shown instanceof Node ? shown.textContent : shown;
  }
}

export function recordColumns(names, open) {
  const plain = (title, column) => ({ title, value: (row) => names.show(column, row[column]), key: (row) => row[column] });
  return [
    { title: "Record", value: (row) => el("button", { type: "button", class: "plain", "aria-label": `record ${row.record_id}`, onclick: () => open(row.record_id) }, row.record_id), key: (row) => row.record_id, number: true },
    { ...plain("Contact", "contact_info"), name: true },
    { title: "Status", value: (row) => pill(kinds[row.record_status] ?? "bad", names.text("record_status", row.record_status)), key: (row) => row.record_status },
    plain("Result", "call_result"), plain("Type", "record_type"), { ...plain("Attempts", "attempt"), number: true },
    plain("Called", "call_time"), plain("Due", "dial_sched_time"), { ...plain("Agent", "agent_id"), name: true }, { ...plain("Customer", "customer_id"), name: true }, plain("Zone", "tz_name"),
    { title: "Chain", value: (row) => `${row.chain_id}, ${row.chain_n}`, key: (row) => row.chain_id, number: true },
  ];
}

/** What differs between two looks, as one moment. */
function difference(last, record, holder, names) {
  const flat = { ...record, ...Object.fromEntries(Object.entries(record.custom).map(([name, value]) => [`custom ${name}`, value])), "held by": holder?.agent_id ?? "" };
  delete flat.custom;
  if (!last) return [flat, []];
  const columns = [...new Set([...Object.keys(last), ...Object.keys(flat)])].filter((column) => last[column] !== flat[column]);
  const text = columns.map((column) => `${column}: ${names.text(column, last[column] ?? "")} → ${names.text(column, flat[column] ?? "")}`).join("\n");
  return [flat, columns.length ? [{ at: now(), kind: "seen", title: "Changed", text }] : []];
}

function windowText(record, zone) {
  const there = zone && secondOfDay(now(), zone);
  const open = there >= record.daily_from && there < record.daily_till;
  return `${clock(record.daily_from)} to ${clock(record.daily_till)} ${record.tz_name}${there === undefined || !zone ? "" : `; it is ${clock(there)} there, so it is ${open ? "open" : "closed"}`}`;
}

function factsOf({ record, handle, chain }, names, zone) {
  return [
    ["Contact", record.contact_info], ["Customer", record.customer_id || "–"],
    ["Status", el("span", {}, pill(kinds[record.record_status] ?? "bad", names.text("record_status", record.record_status)), ` ${meaning(record)}`)],
    ["Held by", handle ? handle.agent_id || "an agent who gave no name" : "nobody"],
    ["Last result", names.show("call_result", record.call_result)], ["Attempts", number(record.attempt)],
    ["Last call", names.show("call_time", record.call_time)], ["Due", names.show("dial_sched_time", record.dial_sched_time)],
    ["Kind", names.show("record_type", record.record_type)], ["Promised to", record.agent_id || "no agent"],
    ["Daily window", windowText(record, zone)],
    ["Chain", `${record.chain_id}: number ${record.chain_n + 1} of ${chain.length}${chain.length === CHAIN_MAX ? " or more" : ""}`],
  ];
}

/** Moments, as a list that reads from the latest on. */
class Timeline {
  constructor() { this.element = el("ol", { class: "timeline" }); }
  set(moments) {
    const text = JSON.stringify(moments);
    if (text === this.text) return;
    this.text = text;
    fill(this.element, moments.map(({ at, kind, title, text: more }) => el("li", { class: kind },
      el("div", { class: "when" }, at === Infinity ? "now" : time(at), " ", el("span", { class: "tag" }, tags[kind])),
      el("div", {}, el("b", {}, title), more ? el("div", { class: "muted lines" }, more) : null))));
  }
}

/** What the catalogue says about whom a record belongs to. */
export function objectsOf(catalogue) {
  const by = (section) => new Map((catalogue[section] ?? []).map((one) => [one.dbid, one.name]));
  const [groups, campaigns] = [by("campaign-groups"), by("campaigns")];
  const zones = new Map((catalogue["time-zones"] ?? []).map((one) => [one.name, one.zone]));
  return {
    group: (dbid) => groups.get(dbid), campaign: (dbid) => campaigns.get(dbid), zone: (name) => zones.get(name) ?? name,
    enabled: (list) => (catalogue["calling-lists"] ?? []).find((one) => one.name === list)?.enabled,
  };
}

function layout(list, id, parts) {
  const title = el("h2", { tabIndex: -1, class: "title" }, `Record ${id} of ${isolated(list)}`);
  return [title, [el("div", { class: "head" }, title), parts.said.element,
    el("div", { class: "cards wide" },
      el("section", {}, el("h3", {}, "How it stands"), parts.facts.element),
      el("section", {}, el("h3", {}, "When what happened"), parts.moments.element,
        el("p", { class: "muted hint" }, "The store keeps how a record stands, its last call and who holds it; it keeps no earlier states, and not when the record was added. ",
          "What changes while this page is open is added here. Requests are in the log where its level is trace or debug: ", parts.inLog, "."))),
    el("section", {}, el("h3", {}, "Its chain"), parts.chain.element),
    el("section", {}, el("details", {}, el("summary", {}, "All columns and custom fields"), el("div", { class: "cards wide" }, parts.all.element, parts.custom.element)))]];
}

/**
 * Shows a record until `signal` is aborted.
 * @param {HTMLElement} place @param {string} list @param {number} id
 * @param {{names: Names, objects: ReturnType<typeof objectsOf>, open: (id: number) => void}} context
 */
export function showRecord(place, list, id, { names, objects, open }, signal) {
  const chainTable = new Table("Chain", recordColumns(names, open), "Loading…", { dense: true });
  const parts = { said: note(), facts: new Facts(), moments: new Timeline(), chain: chainTable, all: new Facts(), custom: new Facts(),
    inLog: el("a", {}, "those with its contact") };
  const [title, content] = layout(list, id, parts);
  fill(place, content);
  let last = null;
  let seen = [];
  poll(async () => {
    const { record, handle } = await get("api/record", { list, record_id: id }, signal);
    const { records: chain } = await get("api/records", { list, chain: record.chain_id, limit: CHAIN_MAX }, signal);
    await names.complete(record, signal);
    const [flat, changed] = difference(last, record, handle, names);
    last = flat;
    seen = [...changed, ...seen].slice(0, SEEN_MAX);
    const zone = objects.zone(record.tz_name);
    const known = { record, handle, chain };
    parts.inLog.href = `#/log?lines=${encodeURIComponent(record.contact_info)}`;
    parts.facts.set(factsOf(known, names, zone));
    parts.moments.set(timeline(known, seen, names, objects, { zone, enabled: objects.enabled(list), now: now() }));
    chainTable.set(chain);
    parts.all.set(Object.entries(record).filter(([name]) => name !== "custom").map(([name, value]) => [name, names.show(name, value)]));
    const custom = Object.entries(record.custom);
    parts.custom.set(custom.length ? custom : [["Custom fields", "none"]]);
  }, 2, signal, parts.said);
  return title;
}
