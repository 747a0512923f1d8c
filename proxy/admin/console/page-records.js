// Finds records, and shows one of them.
import { get } from "./api.js";
import { el, field, note } from "./dom.js";
import { attempt } from "./live.js";
import { Names, objectsOf, recordColumns, showRecord } from "./record.js";
import { Table } from "./table.js";

const PAGE = 50;
const STATUSES = ["Ready", "Retrieved", "Updated", "Stale", "Cancelled", "AgentError", "ChainUpdated", "MissedCallBack"];

/** The fields of the search; `lists` come later. */
function searchForm(query, find) {
  const list = el("select", { name: "list", required: true });
  const text = (name) => el("input", { name, autocomplete: "off", spellcheck: false, value: query.get(name) ?? "" });
  const status = el("select", { name: "status" }, el("option", { value: "" }, "any"), STATUSES.map((one, index) => el("option", { value: index + 1 }, one)));
  const form = el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); find(); } },
    field("List", list), field("Contact", text("contact")), field("Customer id", text("customer_id")),
    field("Agent", text("agent")), field("Status", status), el("button", { class: "main" }, "Find"));
  return { form, list };
}

/** @type {import("./app.js").Page} */
export const records = {
  path: "records",
  title: "Records",
  mount(main, signal, query) {
    const names = new Names();
    const said = note();
    const detail = el("div", { class: "stack" });
    const more = el("button", { type: "button", hidden: true, onclick: () => attempt(load, signal, said) }, "More");
    // What is asked for, as of the last Find.
    let [asked, opened, objects] = [{ given: {}, found: [], next: null }, null, objectsOf({})];
    const { form, list } = searchForm(query, () => find());
    const open = (id, name = asked.given.list ?? list.value) => {
      opened?.abort();
      opened = new AbortController();
      const title = showRecord(detail, name, id, { names, objects, open: (other) => open(other, name) }, AbortSignal.any([opened.signal, signal]));
      // The address is that of the record, for a reload and for others; the page stays.
      history.replaceState(null, "", `#/records?${new URLSearchParams({ list: name, record: id })}`);
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "start" });
    };
    const table = new Table("Records found", recordColumns(names, open), "Look for a contact, a customer or an agent; with nothing given, the first of the list are shown.", { dense: true });
    const load = async () => {
      const mine = asked;
      more.disabled = true;
      try {
        const page = await get("api/records", { ...mine.given, limit: PAGE, after: mine.next }, signal);
        if (mine !== asked) return;
        mine.found = [...mine.found, ...page.records];
        mine.next = page.next;
        more.hidden = mine.next === null;
        table.set(mine.found, mine.next === null ? "No record matches." : "Nothing in this part of the list; there is more.");
      } finally {
        more.disabled = false;
      }
    };
    const find = () => {
      asked = { given: Object.fromEntries(new FormData(form)), found: [], next: null };
      attempt(load, signal, said);
    };
    main.append(el("div", { class: "head" }, el("h1", {}, "Records")), form, said.element,
      el("section", {}, el("h2", {}, "Found"), table.element, more), detail);
    attempt(async () => {
      const [{ lists }, catalogue] = await Promise.all([get("api/statistics", {}, signal), get("api/catalogue", {}, signal)]);
      names.learn(lists);
      objects = objectsOf(catalogue);
      list.append(...lists.map((one) => el("option", { value: one.name }, one.name)));
      if (query.get("list")) list.value = query.get("list");
      if (query.get("record")) open(Number(query.get("record")), query.get("list") ?? list.value);
      else if (lists.length) find();
      else table.set([], "There is no calling list yet: outpostctl apply.");
    }, signal, said);
  },
};
