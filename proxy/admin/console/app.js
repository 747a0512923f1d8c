// The frame around the pages: which one is shown, who this is and how it fares.
import { setToken, token } from "./api.js";
import { askToken } from "./dialog.js";
import { el, fill, pill, rolePill } from "./dom.js";
import { live } from "./live.js";
import { certificates } from "./page-certificates.js";
import { configuration } from "./page-configuration.js";
import { dnc } from "./page-dnc.js";
import { groups } from "./page-groups.js";
import { lists } from "./page-lists.js";
import { log } from "./page-log.js";
import { overview } from "./page-overview.js";
import { records } from "./page-records.js";
import { sessions } from "./page-sessions.js";
import { traffic } from "./page-traffic.js";

/** @typedef {{path: string, title: string, mount: (main: HTMLElement, signal: AbortSignal, query: URLSearchParams) => void}} Page */

/** @type {Page[]} */
const pages = [overview, traffic, lists, groups, sessions, records, dnc, configuration, certificates, log];

const part = (id) => document.getElementById(id);
let shown = null;

function showPage() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const page = pages.find((one) => one.path === path) ?? pages[0];
  shown?.abort();
  shown = new AbortController();
  for (const link of part("pages").querySelectorAll("a")) {
    if (link.dataset.path === page.path) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else {
      link.removeAttribute("aria-current");
    }
  }
  document.title = `${page.title} · Outpost`;
  const main = part("main");
  main.replaceChildren();
  page.mount(main, shown.signal, new URLSearchParams(query));
}

function showState({ status, state, why }) {
  if (status) {
    fill(part("who"), status.name ? `${status.name} ` : "", rolePill(status.role));
    const { ready, reasons } = status.health;
    fill(part("health"), ready ? pill("good", "ready") : pill("bad", "not ready"));
    part("health").title = reasons.join("; ");
  }
  fill(part("live"), state === "live" ? pill("good", "live") : pill("bad", status ? "cut off" : "connecting"));
  part("live").title = why;
  document.body.dataset.state = state;
  document.body.dataset.role = status?.role ?? "";
}

part("pages").append(...pages.map((page) => el("li", {}, el("a", { href: `#/${page.path}`, "data-path": page.path }, page.title))));
part("token").addEventListener("click", async () => {
  const given = await askToken(token());
  if (given === null) return;
  setToken(given);
  live.start();
  showPage();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the page
  part("main").focus();
});
addEventListener("hashchange", () => { showPage(); part("main").focus(); });
live.start();
live.on(showState, new AbortController().signal);
showPage();
