// Who sends requests, and who holds what.
import { get } from "./api.js";
import { el, note, number, time } from "./dom.js";
import { poll } from "./live.js";
import { Table } from "./table.js";

const sessionColumns = [
  { title: "Agent", value: (row) => row.agent || el("span", { class: "muted" }, "none named"), key: (row) => row.agent, name: true },
  { title: "Protocol", value: (row) => row.protocol, key: (row) => row.protocol },
  { title: "Application", value: (row) => row.application || "–", key: (row) => row.application, number: true },
  { title: "Requests", value: (row) => number(row.requests), key: (row) => row.requests, number: true },
  { title: "Since", value: (row) => time(row.began_at * 1000), key: (row) => row.began_at },
  { title: "Last request", value: (row) => time(row.active_at * 1000), key: (row) => row.active_at },
  { title: "Holds", value: (row) => number(row.held), key: (row) => row.held, number: true },
  { title: "Holds since", value: (row) => time(row.held_since * 1000), key: (row) => row.held_since },
];

const heldColumns = [
  { title: "List", value: (row) => row.list, key: (row) => row.list, name: true },
  { title: "Record", value: (row) => el("a", { href: `#/records?list=${encodeURIComponent(row.list)}&record=${row.record_id}` }, row.record_id), key: (row) => row.record_id, number: true },
  { title: "Agent", value: (row) => row.holder || "–", key: (row) => row.holder, name: true },
  { title: "Contact", value: (row) => row.contact_info, key: (row) => row.contact_info, name: true },
  { title: "Handle", value: (row) => row.handle, key: (row) => row.handle, number: true },
  { title: "Chain", value: (row) => `${row.chain_id}, ${row.chain_n}`, key: (row) => row.chain_id, number: true },
];
const HELD_MAX = 200;
const ASKED_MAX = 20; // in one turn

/** The agent of a handle, which never changes; a record names the agent whom it is promised to. */
const holders = new Map();

async function nameHolders(records, signal) {
  const unknown = records.filter((one) => one.handle && !holders.has(one.handle)).slice(0, ASKED_MAX);
  await Promise.all(unknown.map(async ({ list, record_id: id }) => {
    const { handle } = await get("api/record", { list, record_id: id }, signal);
    if (handle) holders.set(handle.handle, handle.agent_id);
  }));
  return records.map((one) => ({ ...one, holder: holders.get(one.handle) ?? "" }));
}

/** Records that a handle holds, of all lists, as far as they fit. */
async function held(signal) {
  const { lists } = await get("api/statistics", {}, signal);
  const found = [];
  for (const list of lists.filter((one) => one.status.some((status) => status.name === "Retrieved" && status.records > 0))) {
    if (found.length >= HELD_MAX) break;
    const { records } = await get("api/records", { list: list.name, status: "Retrieved", limit: HELD_MAX - found.length }, signal);
    found.push(...records.map((record) => ({ ...record, list: list.name })));
  }
  return nameHolders(found, signal);
}

/** @type {import("./app.js").Page} */
export const sessions = {
  path: "sessions",
  title: "Sessions",
  mount(main, signal) {
    const said = note();
    const [left, more] = [el("p", { class: "muted" }), el("p", { class: "muted" })];
    const table = new Table("Sessions", sessionColumns, "Nobody has sent a request since the supervisor started.");
    const holding = new Table("Records that are held", heldColumns, "No record is held: agents get one by PreviewRecordRequest.");
    main.append(el("div", { class: "head" }, el("h1", {}, "Sessions")), said.element,
      el("section", {}, el("h2", {}, "Who sends requests"), table.element, left),
      el("section", {}, el("h2", {}, "Who holds what"), holding.element, more));
    poll(async () => {
      const [known, records] = await Promise.all([get("api/sessions", {}, signal), held(signal)]);
      table.set(known.sessions);
      left.textContent = known.left_out ? `${number(known.left_out)} more are not shown.` : "";
      holding.set(records);
      more.textContent = records.length >= HELD_MAX ? `The first ${HELD_MAX} are shown.` : "";
    }, 5, signal, said);
  },
};
