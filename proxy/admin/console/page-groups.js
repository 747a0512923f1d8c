// Campaign groups under an operator's hand.
import { explain, get, post } from "./api.js";
import { confirmed } from "./dialog.js";
import { el, note, number, pill } from "./dom.js";
import { poll } from "./live.js";
import { Table } from "./table.js";

const kinds = { Running: "good", Active: "warn", InActive: "warn", WaitingUnload: "warn", UnloadInProgress: "warn", NotLoaded: "calm" };
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
    const said = note();
    let again = () => {};
    const act = async (row, verb) => {
      if (questions[verb] && !(await confirmed(`${verb} ${row.name}?`, questions[verb], verb, true))) return;
      const force = verb === "unload now";
      try {
        const done = await post("api/group", { command: force ? "unload" : verb, group: row.name, ...(force ? { force } : {}) });
        said.say("good", `${done.group}: ${done.before} → ${done.after}${done.given_back ? `, ${done.given_back} records given back` : ""}`);
      } catch (error) {
        said.say("bad", explain(error));
      }
      again();
    };
    const table = new Table("Campaign groups", [
      { title: "Group", value: (row) => row.name, key: (row) => row.name },
      { title: "State", value: (row) => pill(kinds[row.state] ?? "warn", row.state), key: (row) => row.state },
      { title: "Actions", actions: true, value: (row) => el("span", {}, verbs(row).flatMap((verb) => [
        el("button", { type: "button", "aria-label": `${verb} ${row.name}`, onclick: () => act(row, verb) }, verb), " "])) },
      { title: "Campaign", value: (row) => row.campaign, key: (row) => row.campaign },
      { title: "Mode", value: (row) => row.mode, key: (row) => row.mode },
      { title: "Held", value: (row) => number(row.held), key: (row) => row.held, number: true },
      { title: "DBID", value: (row) => row.dbid, key: (row) => row.dbid, number: true },
    ], "the catalogue has no campaign group: outpostctl apply");
    main.append(el("div", { class: "head" }, el("h1", {}, "Campaign groups")), said.element, table.element);
    again = poll(async () => {
      try {
        table.set((await get("api/groups", {}, signal)).groups);
      } catch (error) {
        if (error.name !== "AbortError") said.say("bad", explain(error));
      }
    }, 3, signal);
  },
};
