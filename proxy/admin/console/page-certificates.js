// Certificates of the listeners, and how long they are good.
import { now } from "./api.js";
import { el, pill, span, time } from "./dom.js";
import { live } from "./live.js";
import { Table } from "./table.js";

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

function state(row) {
  const left = Date.parse(row.expires) - now();
  if (row.expired || left < 0) return pill("bad", "expired");
  if (left < SOON_DAYS * DAY_MS) return pill("warn", `${span(left / 1000)} left`);
  return pill("good", `${Math.floor(left / DAY_MS)} d left`);
}

const columns = [
  { title: "Listener", value: (row) => row.listener, key: (row) => row.listener, name: true },
  { title: "Address", value: (row) => row.address },
  { title: "Subject", value: (row) => row.subject, key: (row) => row.subject, wrap: true },
  { title: "Expires", value: (row) => time(Date.parse(row.expires)), key: (row) => row.expires },
  { title: "State", value: state },
];

const plainColumns = [
  { title: "Listener", value: (row) => row.name, key: (row) => row.name },
  { title: "Address", value: (row) => `${row.address}:${row.port}`, key: (row) => row.address },
  { title: "Proxy", value: (row) => row.proxy },
];

/** @type {import("./app.js").Page} */
export const certificates = {
  path: "certificates",
  title: "Certificates",
  mount(main, signal) {
    const table = new Table("Certificates", columns, "No listener with TLS is served on this side.");
    const plain = new Table("Listeners without TLS", plainColumns, "None: all are protected.");
    main.append(el("div", { class: "head" }, el("h1", {}, "Certificates")),
      el("section", {}, el("h2", {}, "Certificates that listeners show"), table.element,
        el("p", { class: "muted" }, "Renewed files are read by a reload; connections that are open keep theirs.")),
      el("section", {}, el("h2", {}, "Listeners without TLS"), plain.element));
    live.on(({ status }) => {
      if (!status) return;
      const listeners = [["HTTP", status.proxy], ["admin", status.admin]].flatMap(([proxy, one]) => (one?.listeners ?? []).map((listener) => ({ ...listener, proxy })));
      table.set(listeners.filter((one) => one.secure).flatMap((one) => one.certificates.map((certificate) => ({ listener: one.name, address: `${one.address}:${one.port}`, ...certificate }))));
      plain.set(listeners.filter((one) => !one.secure).map(({ name, address, port, proxy }) => ({ name, address, port, proxy })));
    }, signal);
  },
};
