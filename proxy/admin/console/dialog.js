// Questions that have to be answered before something is done.
import { el } from "./dom.js";

/** @returns {Promise<string>} the value of the button, "" when it was left */
function ask(...content) {
  const dialog = el("dialog", {}, el("form", { method: "dialog" }, ...content));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue);
  }, { once: true }));
}

/** @param {string} title @param {string} text @param {string} verb what the button says */
export async function confirmed(title, text, verb, danger = false) {
  const id = "dialog-title";
  const answer = await ask(el("h2", { id }, title), el("p", {}, text),
    el("menu", {}, el("button", { value: "yes", class: danger ? "danger" : "main" }, verb), el("button", { value: "", autofocus: true }, "Leave it")));
  return answer === "yes";
}

/** @returns {Promise<string|null>} null: it stays as it is */
export async function askToken(present) {
  const input = el("input", { type: "password", autocomplete: "off", spellcheck: false, value: present, name: "token" });
  const answer = await ask(el("h2", {}, "Token"),
    el("p", {}, "Reading needs one where the listener asks for tokens, changing something always does: ",
      el("code", {}, "outpostctl token add NAME --resources admin"), ". It is kept for this tab, until it is closed."),
    el("label", {}, "Token", input),
    // The first is what Enter does.
    el("menu", {}, el("button", { value: "use", class: "main" }, "Use it"), el("button", { value: "forget" }, "Forget it"),
      el("button", { value: "" }, "Cancel")));
  if (answer === "use") return input.value.trim();
  return answer === "forget" ? "" : null;
}
