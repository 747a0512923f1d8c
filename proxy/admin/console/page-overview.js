// Who is primary, how this side fares, and the switch.
import { explain, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, Facts, fill, note, number, pill, rolePill, span, time } from "./dom.js";
import { live } from "./live.js";
import { Table } from "./table.js";

const memberColumns = [
  { title: "Supervisor", value: (row) => (row.self ? el("b", {}, row.name, " (this one)") : row.name), key: (row) => row.name },
  { title: "Role", value: (row) => rolePill(row.role), key: (row) => row.role },
  { title: "Since", value: (row) => time(row.since * 1000), key: (row) => row.since },
  { title: "Host", value: (row) => row.host, key: (row) => row.host },
  { title: "Pid", value: (row) => row.pid, number: true },
  { title: "Reason", value: (row) => row.reason, wrap: true },
  { title: "Problem", value: (row) => (row.problem ? pill("bad", row.problem) : el("span", { class: "muted" }, "none")), wrap: true },
];

const pastColumns = [
  { title: "When", value: (row) => time(row.at * 1000), key: (row) => row.at },
  { title: "From", value: (row) => row.from },
  { title: "To", value: (row) => rolePill(row.to) },
  { title: "Epoch", value: (row) => row.epoch, number: true },
  { title: "Reason", value: (row) => row.reason, wrap: true },
];

function proxyFacts(proxy) {
  if (!proxy) return [["State", pill("calm", "does not run")]];
  return [
    ["State", pill(proxy.state === "running" ? "good" : "bad", proxy.state)],
    ["Pid", proxy.pid], ["Runs for", span(proxy.uptime_s)],
    ["Ports", proxy.listeners.map((one) => `${one.name} ${one.address}:${one.port}${one.secure ? " (TLS)" : ""}`).join(", ")],
    ["Connections", number(proxy.connections)], ["In flight", number(proxy.in_flight)],
    ["Restarts", proxy.last_exit ? `${proxy.restarts} (last: ${proxy.last_exit})` : String(proxy.restarts)],
  ];
}

function selfFacts(status) {
  return [
    ["Role", rolePill(status.role)], ["Epoch", status.epoch],
    ["Name", status.name || "–"], ["Program", `${status.program}, pid ${status.pid}`],
    ["Runs for", span(status.uptime_s)], ["Application", `${status.application.name} (${status.application.dbid})`],
    ["Tokens", status.application.authentication === "token" ? "asked for" : "not asked for"],
    ["Lease", status.lease.holder ? `${status.lease.holder}, epoch ${status.lease.epoch}, ${span(status.lease.lease_ms / 1000)} long` : "nobody has it"],
  ];
}

function storeFacts({ store }) {
  return [
    ["Engine", store.engine], ["At", store.url], ["Writing", store.writing ? "yes" : "no"], ["Schema", store.schema_version],
    ["Queue", number(store.queue)], ["Batches", number(store.batches)], ["Rows per sync", String(Math.round(store.rows_per_sync * 10) / 10)],
  ];
}

async function switchOver(said, button) {
  const status = live.status;
  const other = status.members.find((one) => !one.self && one.role === "backup");
  const text = status.role === "primary"
    ? `${other?.name ?? "The other one"} becomes primary. This side answers what is in flight, then closes its ports. Nothing that was accepted is lost.`
    : "This side becomes primary. The other one answers what is in flight, then closes its ports. Nothing that was accepted is lost.";
  if (!(await confirmed("Switch the roles?", text, "Switch", true))) return;
  button.disabled = true;
  said.say("warn", "switching…");
  try {
    const done = await post("api/switch", {});
    const gap = typeof done.gap_ms === "number" ? `, ${number(done.gap_ms)} ms without a primary` : "";
    said.say("good", `${done.to} is primary now, with epoch ${done.epoch}${gap}.`);
  } catch (error) {
    said.say("bad", `Not switched: ${explain(error)}`);
  } finally {
    button.disabled = false;
  }
}

/** @type {import("./app.js").Page} */
export const overview = {
  path: "overview",
  title: "Overview",
  mount(main, signal) {
    const said = note();
    const reasons = el("div");
    const waiting = el("div", { class: "muted" }, "Waiting for the first report…");
    const button = el("button", { type: "button", class: "danger", id: "switch", disabled: true, onclick: () => switchOver(said, button) }, "Switch…");
    const [self, proxy, admin, store] = [new Facts(), new Facts(), new Facts(), new Facts()];
    const members = new Table("Supervisors", memberColumns, "no other supervisor is known: this one has no pair");
    const past = new Table("Role changes", pastColumns, "none since this supervisor started");
    const card = (title, facts) => el("section", { class: "card" }, el("h2", {}, title), facts.element);
    const body = el("div", { class: "stack", hidden: true },
      el("div", { class: "cards" }, card("This side", self), card("HTTP proxy", proxy), card("Store", store), card("Admin proxy", admin)),
      el("section", {}, el("h2", {}, "The pair"), members.element),
      el("section", {}, el("h2", {}, "What changed"), past.element));
    main.append(el("div", { class: "head" }, el("h1", {}, "Overview"), el("span", { class: "stretch" }), button), said.element, reasons, waiting, body);
    live.on(({ status }) => {
      if (!status) return;
      waiting.hidden = true;
      body.hidden = false;
      if (!button.dataset.busy) button.disabled = !status.redundant || said.element.classList.contains("warn") && said.element.textContent !== "";
      button.title = status.redundant ? "" : "this supervisor has no pair (redundancy.enabled)";
      const problems = status.health.reasons.join("\n");
      if (reasons.dataset.text !== problems) {
        reasons.dataset.text = problems;
        fill(reasons, status.health.reasons.map((one) => el("div", { class: "note bad" }, `Not ready: ${one}.`)));
      }
      self.set(selfFacts(status));
      proxy.set(proxyFacts(status.proxy));
      admin.set(proxyFacts(status.admin));
      store.set(storeFacts(status));
      members.set(status.members.map(({ name, self: own, role, since, host, pid, reason, problem }) => ({ name, self: own, role, since, host, pid, reason, problem })));
      past.set(status.transitions);
    }, signal);
  },
};
