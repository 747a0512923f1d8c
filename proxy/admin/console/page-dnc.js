// The do-not-call list: who is on it, and adding and removing.
import { explain, get, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, field, isolated, note, number, time } from "./dom.js";
import { attempt } from "./live.js";
import { Table } from "./table.js";

const PAGE = 100;

/** @type {import("./app.js").Page} */
export const dnc = {
  path: "dnc",
  title: "Do-not-call",
  mount(main, signal) {
    const [said, trouble] = [note(), note()];
    const tenant = el("select", { name: "tenant" });
    const phone = el("input", { name: "phone", autocomplete: "off", inputMode: "tel" });
    const customer = el("input", { name: "customer_id", autocomplete: "off", spellcheck: false });
    const more = el("button", { type: "button", hidden: true }, "More");
    // What is asked for, as of the last Find: whose entries the table has.
    let asked = { entries: [], next: null };

    const remove = async (row) => {
      const text = row.phone ?? row.customer_id;
      if (!(await confirmed(`Take ${isolated(text)} off the list of ${isolated(row.tenant)}?`, "Previews may give its records again.", "Take it off", { danger: true, signal }))) return;
      try {
        await post("api/dnc-remove", { tenant: row.tenant, entries: [row.phone ? { phone: row.phone } : { customer_id: row.customer_id }] });
        said.say("good", `${isolated(text)} is off the list of ${isolated(row.tenant)}.`);
      } catch (error) {
        return said.say("bad", explain(error));
      }
      load(true);
    };
    const table = new Table("Do-not-call entries", [
      { title: "Kind", value: (row) => (row.phone ? "phone" : "customer"), key: (row) => (row.phone ? 0 : 1) },
      { title: "Entry", value: (row) => row.phone ?? row.customer_id, key: (row) => row.phone ?? row.customer_id, name: true },
      { title: "Actions", actions: true, value: (row) => el("button", { type: "button", "aria-label": `Remove… ${row.phone ?? row.customer_id}`, onclick: () => remove(row) }, "Remove…") },
      { title: "Added", value: (row) => time(row.added_at * 1000), key: (row) => row.added_at },
    ], "No entry matches.");

    async function load(anew) {
      if (anew) asked = { tenant: tenant.value, phone: phone.value, customer: customer.value, entries: [], next: null };
      const mine = asked;
      more.disabled = true;
      await attempt(async () => {
        const page = await get("api/dnc-list", { tenant: mine.tenant, phone: mine.phone, customer_id: mine.customer, limit: PAGE,
          after: mine.next && JSON.stringify(mine.next) }, signal);
        if (mine !== asked) return;
        mine.entries = [...mine.entries, ...page.entries.map((entry) => ({ ...entry, tenant: mine.tenant }))];
        mine.next = page.next;
        more.hidden = mine.next === null;
        table.set(mine.entries);
      }, signal, trouble);
      more.disabled = false;
    }
    const add = async () => {
      if (!phone.value && !customer.value) return said.say("warn", "Enter a phone or a customer id first.");
      try {
        const entry = phone.value ? { phone: phone.value } : { customer_id: customer.value };
        const done = await post("api/dnc-add", { tenant: tenant.value, entries: [entry] });
        const refused = done.rejected.map((one) => one.reason).join("; ");
        if (refused) return said.say("bad", refused);
        said.say("good", `${done.added ? "Added" : "It was on the list already"}; ${number(done.matching)} records match.`);
      } catch (error) {
        return said.say("bad", explain(error));
      }
      load(true);
    };
    more.addEventListener("click", () => load(false));
    main.append(el("div", { class: "head" }, el("h1", {}, "Do-not-call")),
      el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); said.clear(); load(true); } },
        field("Tenant", tenant), field("Phone", phone), field("or customer id", customer), el("button", { class: "main" }, "Find"),
        el("button", { type: "button", onclick: add }, "Add")),
      said.element, trouble.element, table.element, el("p", {}, more));
    attempt(async () => {
      const catalogue = await get("api/catalogue", {}, signal);
      tenant.append(...(catalogue.tenants ?? []).map((one) => el("option", { value: one.name }, one.name)));
      if (tenant.options.length) load(true);
      else table.set([], "There is no tenant yet: outpostctl apply.");
    }, signal, trouble);
  },
};
