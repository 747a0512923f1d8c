// Questions that have to be answered before something is done.
import { el } from "./dom.js";

/**
 * A dialog of the browser's own: the page behind it is out of reach, Escape leaves it, and the focus goes back.
 * @param {string} title
 * @param {AbortSignal} [signal] ends it: what was asked is no longer the question
 * @returns {Promise<string>} the value of the button, "" when it was left
 */
function ask(title, signal, ...content) {
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" },
    el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), ...content));
  const from = document.activeElement;
  const over = new AbortController();
  document.body.append(dialog);
  dialog.showModal();
  const leave = () => dialog.close("");
  signal?.addEventListener("abort", leave, { once: true, signal: over.signal });
  addEventListener("hashchange", leave, { once: true, signal: over.signal });
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    over.abort();
    dialog.remove();
    // What it was opened from may have been drawn anew meanwhile.
    if (!from?.isConnected) document.getElementById("main").focus();
    resolve(dialog.returnValue);
  }, { once: true }));
}

/**
 * @param {string} title @param {string} text @param {string} verb what the button says
 * @param {{danger?: boolean, signal?: AbortSignal}} [more]
 */
export async function confirmed(title, text, verb, { danger = false, signal = undefined } = {}) {
  if (signal?.aborted) return false;
  const answer = await ask(title, signal, el("p", {}, text),
    el("menu", {}, el("button", { value: "yes", class: danger ? "danger" : "main" }, verb), el("button", { value: "", autofocus: true }, "Cancel")));
  return answer === "yes";
}

/** @returns {Promise<string|null>} null: it stays as it is */
export async function askToken(present) {
  const input = el("input", { type: "password", autocomplete: "off", spellcheck: false, value: present, name: "token" });
  const answer = await ask("Token", undefined,
    el("p", {}, "Reading needs one where the listener asks for tokens, changing something always does: ",
      el("code", {}, "outpostctl token add NAME --resources admin"), ". It is kept for this tab, until it is closed."),
    el("label", {}, "Token", input),
    // The first is what Enter does.
    el("menu", {}, el("button", { value: "use", class: "main" }, "Use it"), el("button", { value: "forget" }, "Forget it"),
      el("button", { value: "" }, "Cancel")));
  if (answer === "use") return input.value.trim();
  return answer === "forget" ? "" : null;
}
