// Rates of the last minutes, from what the status counts.
import { Chart } from "./chart.js";
import { el, number } from "./dom.js";
import { live } from "./live.js";
import { Table } from "./table.js";

/** Change per second between samples; nothing where a counter began anew or the connection was cut. */
function rates(history, counter) {
  return history.map((sample, index) => {
    const before = history[index - 1];
    const [now, then] = [counter(sample.status), before && counter(before.status)];
    const seconds = before ? sample.at - before.at : 0;
    if (now === undefined || then === undefined || seconds < 0.05 || seconds > 10 || now < then) return null;
    return (now - then) / seconds;
  });
}

const values = (history, value) => history.map((sample) => value(sample.status) ?? null);
const rate = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString());
const whole = (value) => Math.round(value).toLocaleString();

const charts = [
  { title: "Responses per second", show: rate, series: [
    ["2xx", "rate", (status) => status.proxy?.responses_2xx], ["4xx", "rate", (status) => status.proxy?.responses_4xx],
    ["5xx", "rate", (status) => status.proxy?.responses_5xx]] },
  { title: "Connections open", show: whole, series: [
    ["data", "value", (status) => status.proxy?.connections], ["in flight", "value", (status) => status.proxy?.in_flight],
    ["admin", "value", (status) => status.admin?.connections]] },
  { title: "Store: transactions per second", show: rate, series: [
    ["batches", "rate", (status) => status.store?.batches], ["pieces of work", "rate", (status) => status.store?.works]] },
  { title: "Store: queue", show: whole, series: [["waiting", "value", (status) => status.store?.queue]] },
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
  { title: "Outcome", value: (row) => row.name, key: (row) => row.name, wrap: true },
  { title: "Requests", value: (row) => number(row.count), key: (row) => row.count, number: true },
];

/** @type {import("./app.js").Page} */
export const traffic = {
  path: "traffic",
  title: "Traffic",
  mount(main, signal) {
    const drawn = charts.map(({ title, show, series }) => ({ series, chart: new Chart(title, series.map(([name]) => name), show, signal) }));
    const outcomes = new Table("Requests by outcome", outcomeColumns, "no request has come yet");
    const turnedAway = new Table("What was turned away", limitedColumns, "the proxy does not run");
    main.append(el("div", { class: "head" }, el("h1", {}, "Traffic"), el("span", { class: "muted" }, "while this page is open, at most 15 minutes")),
      el("div", { class: "cards wide" }, drawn.map(({ chart }) => chart.element)),
      el("div", { class: "cards wide" },
        el("section", {}, el("h2", {}, "Requests since the supervisor started"), outcomes.element),
        el("section", {}, el("h2", {}, "Turned away since the proxy started"), turnedAway.element)));
    live.on(({ status, history }) => {
      if (!status) return;
      const times = history.map((sample) => sample.at);
      for (const { chart, series } of drawn) {
        chart.set(times, series.map(([, kind, of]) => (kind === "rate" ? rates(history, of) : values(history, of))));
      }
      const { by_outcome: byOutcome, received, refused, orphaned, unknown_fields: unknown } = status.requests;
      outcomes.set([{ name: "received", count: received }, ...Object.entries(byOutcome).map(([name, count]) => ({ name, count })),
        { name: "refused", count: refused }, { name: "answered after their proxy was gone", count: orphaned },
        { name: "fields that no list has", count: unknown }]);
      turnedAway.set(status.proxy ? limited.map(([name, key]) => ({ name, count: status.proxy[key] })) : []);
    }, signal);
  },
};
