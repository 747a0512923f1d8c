// Who is primary, how this side fares, and the switch.
import { explain, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, Facts, Figures, fill, isolated, note, number, pill, rolePill, span, time } from "./dom.js";
import { ago, atMost, between, duration, quantile, rate } from "./figures.js";
import { live } from "./live.js";
import { Table } from "./table.js";

const memberColumns = [
  { title: "Supervisor", value: (row) => (row.self ? el("b", {}, isolated(row.name), " (this one)") : row.name), key: (row) => row.name, name: true },
  { title: "Role", value: (row) => rolePill(row.role), key: (row) => row.role },
  { title: "Since", value: (row) => time(row.since * 1000), key: (row) => row.since },
  { title: "Host", value: (row) => row.host, key: (row) => row.host, name: true },
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

const MINUTE_S = 60;
const perSecond = (value) => (value === null ? "–" : value < 10 ? value.toFixed(1) : number(Math.round(value)));

/** Of the last minute, or of what there is of it. */
function figures({ status, history }) {
  const [first, last] = [ago(history, MINUTE_S), history.at(-1)];
  const per = (counter) => perSecond(first && first !== last ? rate(first, last, counter) : null);
  const took = first ? between(duration(first), duration(last)) : null;
  const times = [0.5, 0.99].map((share) => atMost(quantile(took, share), took));
  const over = first && first !== last ? `a second, in the last ${Math.round(last.at - first.at)} s` : "measuring…";
  const word = (share) => (!took ? "not counted" : took.at(-1).count ? share : "no request in this time");
  return [
    [per((one) => one.requests.received), over],
    [times[0], word("half of the requests")], [times[1], word("99 of 100 requests")],
    [per((one) => one.proxy?.responses_5xx), "a second"],
    [number(status.proxy?.in_flight), `of ${number(status.proxy?.connections)} connections`], [number(status.store.queue), "in the store's queue"],
  ];
}

/** Ends when the roles change: the question was about those that were. */
function whileRolesStay(status, signal) {
  const changed = new AbortController();
  const ended = AbortSignal.any([changed.signal, signal]);
  live.on(({ status: now }) => { if (now.role !== status.role || now.epoch !== status.epoch) changed.abort(); }, ended);
  return { changed, ended };
}

async function switchOver(said, button, signal) {
  const status = live.status;
  const other = status.members.find((one) => !one.self && one.role === "backup");
  const text = status.role === "primary"
    ? `${other ? isolated(other.name) : "The other one"} becomes primary. This side answers what is in flight, then closes its ports. Nothing that was accepted is lost.`
    : "This side becomes primary. The other one answers what is in flight, then closes its ports. Nothing that was accepted is lost.";
  const { changed, ended } = whileRolesStay(status, signal);
  const sure = await confirmed("Switch the roles?", text, "Switch", { danger: true, signal: ended });
  if (changed.signal.aborted) return said.say("warn", "The roles changed while this was asked, so nothing was done. Look again.");
  changed.abort();
  if (!sure) return;
  button.disabled = true;
  button.dataset.busy = "yes";
  said.say("warn", "switching…");
  try {
    const done = await post("api/switch", {});
    const gap = typeof done.gap_ms === "number" ? `, ${number(done.gap_ms)} ms without a primary` : "";
    said.say("good", `${isolated(done.to)} is primary now, with epoch ${done.epoch}${gap}.`);
  } catch (error) {
    said.say("bad", `Not switched: ${explain(error)}`);
  } finally {
    delete button.dataset.busy;
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
    const waiting = el("p", { class: "muted" }, "Waiting for the first report…");
    const button = el("button", { type: "button", class: "danger", id: "switch", disabled: true, onclick: () => switchOver(said, button, signal) }, "Switch…");
    const [self, proxy, admin, store] = [new Facts(), new Facts(), new Facts(), new Facts()];
    const members = new Table("Supervisors", memberColumns, "No other supervisor is known: this one has no pair.");
    const past = new Table("Role changes", pastColumns, "None since this supervisor started.");
    const card = (title, facts) => el("section", { class: "card" }, el("h2", {}, title), facts.element);
    const tiles = new Figures(["Requests", "Latency p50", "Latency p99", "Server errors (5xx)", "In flight", "Waiting"]);
    const body = el("div", { class: "stack", hidden: true }, tiles.element,
      el("div", { class: "cards" }, card("This side", self), card("HTTP proxy", proxy), card("Store", store), card("Admin proxy", admin)),
      el("section", {}, el("h2", {}, "The pair"), members.element),
      el("section", {}, el("h2", {}, "Role changes"), past.element));
    main.append(el("div", { class: "head" }, el("h1", {}, "Overview"), el("span", { class: "stretch" }), button), said.element, reasons, waiting, body);
    live.on(({ status, state, history }) => {
      if (!status) return;
      waiting.hidden = true;
      body.hidden = false;
      if (!button.dataset.busy) button.disabled = !status.redundant || state !== "live";
      button.title = status.redundant ? "" : "this supervisor has no pair (redundancy.enabled)";
      const problems = status.health.reasons.join("\n");
      if (reasons.dataset.text !== problems) {
        reasons.dataset.text = problems;
        fill(reasons, status.health.reasons.map((one) => el("div", { class: "note bad" }, `Not ready: ${one}.`)));
      }
      tiles.set(figures({ status, history }));
      self.set(selfFacts(status));
      proxy.set(proxyFacts(status.proxy));
      admin.set(proxyFacts(status.admin));
      store.set(storeFacts(status));
      members.set(status.members.map(({ name, self: own, role, since, host, pid, reason, problem }) => ({ name, self: own, role, since, host, pid, reason, problem })));
      past.set(status.transitions);
    }, signal);
  },
};
