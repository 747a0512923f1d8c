// Campaign groups under an operator's hand.
import { explain, get, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, isolated, note, number, pill } from "./dom.js";
import { poll } from "./live.js";
import { Table } from "./table.js";

const kinds = { Running: "good", Active: "calm", InActive: "calm", WaitingUnload: "warn", UnloadInProgress: "warn", NotLoaded: "calm" };
const meanings = {
  Running: "previews are given", Active: "loaded, not started", InActive: "loaded, not started", NotLoaded: "takes no requests",
  WaitingUnload: "until agents have given back what they hold", UnloadInProgress: "until agents have given back what they hold",
};
const words = { load: "Load", start: "Start", stop: "Stop…", unload: "Unload…", "unload now": "Unload now…" };
const questions = {
  stop: "Previews end; what agents hold stays with them.",
  unload: "It takes no requests any more. While agents hold records of it, it waits for these.",
  "unload now": "What agents hold is given back at once; their next request about it is refused.",
};

/** What may be done in a state. */
function verbs(row) {
  if (row.state === "NotLoaded") return ["load"];
  if (row.state === "Running") return ["stop", "unload now"];
  return row.state === "WaitingUnload" ? ["load", "unload now"] : ["start", "unload"];
}

/** @type {import("./app.js").Page} */
export const groups = {
  path: "groups",
  title: "Groups",
  mount(main, signal) {
    const [said, trouble] = [note(), note()];
    let again = () => {};
    const act = async (row, verb) => {
      const title = words[verb].replace("…", "");
      if (questions[verb] && !(await confirmed(`${title} ${isolated(row.name)}?`, questions[verb], title, { danger: true, signal }))) return;
      const force = verb === "unload now";
      try {
        const done = await post("api/group", { command: force ? "unload" : verb, group: row.name, ...(force ? { force } : {}) });
        said.say("good", `${isolated(done.group)}: ${done.before} → ${done.after}${done.given_back ? `, ${done.given_back} records given back` : ""}`);
      } catch (error) {
        said.say("bad", explain(error));
      }
      again();
    };
    const table = new Table("Campaign groups", [
      { title: "Group", value: (row) => row.name, key: (row) => row.name, name: true },
      { title: "State", value: (row) => el("span", {}, pill(kinds[row.state] ?? "warn", row.state), el("span", { class: "muted" }, ` ${meanings[row.state] ?? ""}`)), key: (row) => row.state },
      { title: "Actions", actions: true, value: (row) => el("span", { class: "buttons" }, verbs(row).map((verb) =>
        el("button", { type: "button", "aria-label": `${words[verb]} ${row.name}`, onclick: () => act(row, verb) }, words[verb]))) },
      { title: "Campaign", value: (row) => row.campaign, key: (row) => row.campaign, name: true },
      { title: "Mode", value: (row) => row.mode, key: (row) => row.mode },
      { title: "Held", value: (row) => number(row.held), key: (row) => row.held, number: true },
      { title: "Own options", value: (row) => row.options.join(", "), key: (row) => row.options.length },
      { title: "DBID", value: (row) => row.dbid, key: (row) => row.dbid, number: true },
    ], "There is no campaign group yet. A catalogue with some is brought in by: outpostctl apply catalogue.json");
    main.append(el("div", { class: "head" }, el("h1", {}, "Campaign groups")), said.element, trouble.element, table.element);
    again = poll(async () => {
      table.set((await get("api/groups", {}, signal)).groups);
    }, 3, signal, trouble);
  },
};
