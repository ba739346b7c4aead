// Shows the stack of modals: the one on top, what is typed into it, what is missing, and what the app says of it.

import { act, Refused } from "./api.js";
import { blocks } from "./blocks.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { problems } from "./problems.js";
import { slotOfView } from "./slots.js";
import { changes, world } from "./state.js";
import { plain } from "./texts.js";
import { refocus } from "./timeline.js";
import { forget } from "./values.js";

let shown = null;
let known = [];

/** Follow what the workspace says about modals. */
export function followModals() {
  changes.addEventListener("modals", draw);
  changes.addEventListener("everything", draw);
}

function draw() {
  const view = world.modals.at(-1);
  const open = world.modals.map((each) => each.id);
  known.filter((id) => !open.includes(id)).forEach((id) => forget(`${world.me.id} view ${id}`));
  known = open;
  if (!view) leave();
  else if (shown && shown.view.id === view.id && shown.user === world.me.id) update(view);
  else {
    leave();
    appear(view);
  }
}

function leave() {
  const before = shown?.before;
  shown?.dialog.close();
  shown = null;
  if (before?.isConnected) before.focus();
}

function appear(view) {
  const before = document.activeElement;
  shown = { view, user: world.me.id, before };
  build(view);
  const first = shown.dialog.node.querySelector("[data-first]") ?? shown.dialog.node.querySelector(".dialog-body :is(input, textarea, button, select)");
  (first ?? shown.dialog.node.querySelector(".dialog-foot button")).focus();
}

function update(view) {
  if (view === shown.view) return;
  shown.view = view;
  const content = bodyOf(view);
  refocus(shown.body, content);
  shown.body.replaceWith(content);
  shown.body = content;
  shown.dialog.node.querySelector("h2").replaceChildren(...plain(view.title));
  shown.dialog.node.querySelector(".dialog-foot").replaceChildren(...footOf(view));
}

function build(view) {
  shown.body = bodyOf(view);
  shown.dialog = openDialog({ title: plain(view.title), body: shown.body, foot: footOf(view), left: close, kind: "modal" });
}

function bodyOf(view) {
  const slot = { ...slotOfView(view), submit: () => submit(), changed: (block) => clear(block) };
  shown.slot = slot;
  return h("div", { class: "view" }, h("div", { class: "view-error", role: "alert", hidden: true }), blocks(view.blocks, slot));
}

function footOf(view) {
  const cancel = h("button", { type: "button", class: "button button-default", on: { click: close } }, view.close ? plain(view.close) : view.submit ? "Cancel" : "Close");
  if (!view.submit) return [cancel];
  return [cancel, h("button", { type: "button", class: "button button-primary submit", disabled: view.submit_disabled === true, on: { click: submit } }, plain(view.submit))];
}

async function submit() {
  const { view, slot, dialog } = shown;
  const button = dialog.node.querySelector(".submit");
  if (!button || button.disabled || button.getAttribute("aria-busy") === "true") return;
  const values = slot.values.all();
  if (tell(problems(view.blocks, values))) return;
  button.setAttribute("aria-busy", "true");
  try {
    const said = await act({ do: "submit", view_id: view.id, state: { values } });
    if (shown?.view.id === view.id && said.errors) tell(said.errors);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (shown?.view.id === view.id) fail(error.message);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

async function close() {
  if (!shown) return;
  const { view } = shown;
  try {
    await act({ do: "close", view_id: view.id });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // Nobody to tell: it is gone all the same.
    world.modals = world.modals.filter((each) => each.id !== view.id);
    draw();
  }
}

/** Show what is wrong, each below its block; whether there was something. */
function tell(errors) {
  fail("");
  let first = null;
  for (const block of shown.body.querySelectorAll("[data-block]")) {
    const said = Object.hasOwn(errors, block.dataset.block) ? String(errors[block.dataset.block]) : "";
    mark(block, said);
    if (said) first ??= block;
  }
  if (first) (first.querySelector("[data-field]") ?? first).focus();
  return Object.keys(errors).length > 0;
}

function clear(id) {
  const block = [...(shown?.body.querySelectorAll("[data-block]") ?? [])].find((each) => each.dataset.block === id);
  if (block) mark(block, "");
}

function mark(block, said) {
  const place = block.querySelector(".input-error");
  if (!place) return;
  place.textContent = said;
  place.hidden = said === "";
  block.classList.toggle("wrong", said !== "");
  block.querySelectorAll("[data-field]").forEach((each) => (said ? each.setAttribute("aria-invalid", "true") : each.removeAttribute("aria-invalid")));
}

function fail(text) {
  const place = shown.body.querySelector(".view-error");
  place.textContent = text;
  place.hidden = text === "";
}
