// The frame around the pages: which one is shown, who this is and how it fares.
import { now, setToken, token } from "./api.js";
import { askToken } from "./dialog.js";
import { el, isolated, keep, pill, rolePill, time } from "./dom.js";
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

let [program, since] = [null, 0];

/** What a person should know whichever page he looks at. */
function banner({ status, state, why }) {
  if (state === "live") {
    since = 0;
    program ??= status?.program;
    return program && status.program !== program ? ["warn", `${status.program} runs now, and this page is of ${program}: load it again.`] : null;
  }
  if (why === "connecting") return null;
  const cause = why.replace(/\.$/, "");
  since ||= now();
  if (!status) return ["bad", `Nothing can be shown: ${cause}.`];
  return ["bad", `Cut off since ${time(since).textContent}: ${cause}. What is shown is what was known then.`];
}

function showState(known) {
  const { status, state } = known;
  if (status) {
    keep(part("who"), el("span", {}, status.name ? el("span", { class: "name" }, isolated(status.name)) : null, rolePill(status.role)));
    const { ready, reasons } = status.health;
    keep(part("health"), ready ? pill("good", "ready") : pill("bad", "not ready"));
    part("health").title = reasons.join("; ");
  }
  keep(part("live"), state === "live" ? pill("good", "live") : pill("bad", status ? "cut off" : "connecting"));
  const [kind, text] = banner(known) ?? ["", ""];
  part("banner").className = `note ${kind}`;
  if (part("banner").textContent !== text) part("banner").textContent = text;
  document.body.dataset.state = state;
  document.body.dataset.role = status?.role ?? "";
}

function showToken() {
  part("token").textContent = token() ? "Token ✓" : "Token";
  part("token").setAttribute("aria-label", token() ? "Token: set" : "Token: none");
}

part("pages").append(...pages.map((page) => el("li", {}, el("a", { href: `#/${page.path}`, "data-path": page.path }, page.title))));
part("token").addEventListener("click", async () => {
  const given = await askToken(token());
  if (given === null) return;
  setToken(given);
  showToken();
  live.start();
  showPage();
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address is the page
  part("main").focus();
});
addEventListener("hashchange", () => { showPage(); part("main").focus(); });
showToken();
live.start();
live.on(showState, new AbortController().signal);
showPage();
