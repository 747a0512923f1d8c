// Rates and latencies of the last minutes, from what the status counts.
import { Chart } from "./chart.js";
import { el, Facts, number } from "./dom.js";
import { atMost, latencies, milliseconds, rates } from "./figures.js";
import { live } from "./live.js";
import { Table } from "./table.js";

const values = (history, value) => history.map((sample) => value(sample.status) ?? null);
const perSecond = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString());
const whole = (value) => Math.round(value).toLocaleString();

/** Above all bounds there is no height to draw; a line at the highest one says the least that is true. */
const drawable = (history, of) => {
  const bounds = history.at(-1)?.status.requests.duration?.buckets.filter((one) => typeof one.le_ms === "number") ?? [];
  return of.map((one) => (one === Infinity ? bounds.at(-1)?.le_ms ?? null : one));
};

const rate = (counter) => (history) => rates(history, counter);
const value = (of) => (history) => values(history, of);
const latency = (share) => (history) => drawable(history, latencies(history, share));

const charts = [
  { title: "Requests per second", show: perSecond, series: [
    ["received", rate((status) => status.requests.received)], ["refused as too many", rate((status) => status.requests.refused)]] },
  { title: "Responses per second", show: perSecond, series: [
    ["2xx", rate((status) => status.proxy?.responses_2xx)], ["4xx", rate((status) => status.proxy?.responses_4xx)],
    ["5xx", rate((status) => status.proxy?.responses_5xx)]] },
  { title: "Latency, at most", show: milliseconds, said: (ms) => atMost(ms), series: [
    ["p50", latency(0.5)], ["p99", latency(0.99)]] },
  { title: "Connections open", show: whole, series: [
    ["data", value((status) => status.proxy?.connections)], ["in flight", value((status) => status.proxy?.in_flight)],
    ["admin", value((status) => status.admin?.connections)]] },
  { title: "Store: per second", show: perSecond, series: [
    ["batches", rate((status) => status.store?.batches)], ["pieces of work", rate((status) => status.store?.works)]] },
  { title: "Store: waiting", show: whole, series: [["pieces of work", value((status) => status.store?.queue)]] },
];

const limitedColumns = [
  { title: "What was turned away", value: (row) => row.name, key: (row) => row.name, wrap: true },
  { title: "Count", value: (row) => number(row.count), key: (row) => row.count, number: true },
];
const limited = [
  ["connections over the limit", "connections_refused"], ["connections of networks that may not", "connections_denied"],
  ["idle connections closed for others", "connections_evicted"], ["requests over the rate (429)", "rate_limited"],
  ["requests without the right token (401, 403)", "unauthorized"], ["TLS handshakes that failed", "handshakes_failed"],
  ["answers that came too late", "late_answers"], ["log lines lost", "log_lines_lost"],
];

const outcomeColumns = [
  { title: "Answer", value: (row) => row.name, key: (row) => row.name, wrap: true },
  { title: "Requests", value: (row) => number(row.count), key: (row) => row.count, number: true },
];

/** @type {import("./app.js").Page} */
export const traffic = {
  path: "traffic",
  title: "Traffic",
  mount(main, signal) {
    const drawn = charts.map(({ title, show, said, series }) => ({ series, chart: new Chart(title, series.map(([name]) => name), show, signal, said) }));
    const totals = new Facts();
    const outcomes = new Table("Requests by answer", outcomeColumns, "No request has been answered yet.", { dense: true });
    const turnedAway = new Table("What was turned away", limitedColumns, "The HTTP proxy does not run here: a backup has none.", { dense: true });
    main.append(el("div", { class: "head" }, el("h1", {}, "Traffic"), el("span", { class: "muted" }, "since this page was opened, at most 15 minutes")),
      el("div", { class: "cards wide" }, drawn.map(({ chart }) => chart.element)),
      el("div", { class: "cards wide" },
        el("section", {}, el("h2", {}, "Requests since the supervisor started"), totals.element, outcomes.element),
        el("section", {}, el("h2", {}, "Turned away since the HTTP proxy started"), turnedAway.element)));
    live.on(({ status, history }) => {
      if (!status) return;
      const times = history.map((sample) => sample.at);
      for (const { chart, series } of drawn) chart.set(times, series.map(([, of]) => of(history)));
      const { by_outcome: byOutcome, received, refused, orphaned, unknown_fields: unknown } = status.requests;
      totals.set([["Received", number(received)], ["Refused as too many (134)", number(refused)],
        ["Answered after their proxy was gone", number(orphaned)], ["Fields that no list has", number(unknown)]]);
      outcomes.set(Object.entries(byOutcome).map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count));
      turnedAway.set(status.proxy ? limited.map(([name, key]) => ({ name, count: status.proxy[key] })) : []);
    }, signal);
  },
};
