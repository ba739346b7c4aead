// Draws what people use: buttons, menus, choices, pickers and fields. A spec and its slot in, a node out; what is chosen
// goes to the slot's values, and to the app where the block dispatches.
// https://docs.slack.dev/reference/block-kit/block-elements

import { fresh, h, unseen } from "./dom.js";
import { confirmed } from "./confirm.js";
import { FIELDS } from "./fields.js";
import { icon } from "./icons.js";
import { open } from "./links.js";
import { openMenu } from "./popover.js";
import { isSelect, select } from "./select.js";
import { plain, spoken, text } from "./texts.js";

/** One element. slot: {block, action, label, values, used, dispatches, input}. */
export function element(spec, slot) {
  const kind = spec?.type;
  if (isSelect(kind)) return select(spec, slot, use);
  if (Object.hasOwn(DRAWN, kind)) return DRAWN[kind](spec, slot);
  if (Object.hasOwn(FIELDS, kind)) return FIELDS[kind](spec, slot, use);
  return h("span", { class: "unknown" }, `Unknown element: ${kind}`);
}

const DRAWN = {
  button,
  workflow_button: button,
  overflow,
  radio_buttons: (spec, slot) => choices(spec, slot, "radio"),
  checkboxes: (spec, slot) => choices(spec, slot, "checkbox"),
  icon_button: (spec, slot) => button({ ...spec, text: spec.text ?? { type: "plain_text", text: spec.icon ?? "Button" } }, slot),
  feedback_buttons: (spec, slot) => [spec.positive_button, spec.negative_button].filter(Boolean)
    .map((each) => button({ ...each, type: "feedback_buttons", action_id: spec.action_id }, slot)),
};

/**
 * Somebody used an element: after a confirmation where one is asked for, it is kept and, where it dispatches, told.
 * False where it was not confirmed. `stateless` elements have no value that stays.
 */
export async function use(spec, slot, value, { stateless = false } = {}) {
  if (spec.confirm && !(await confirmed(spec.confirm))) return false;
  if (!stateless) slot.values.set(slot.block, slot.action, value);
  slot.changed?.(slot.block);
  if (slot.dispatches) await slot.used({ ...value, block_id: slot.block, action_id: slot.action });
  return true;
}

function button(spec, slot) {
  const style = ["primary", "danger"].includes(spec.style) ? spec.style : "default";
  const given = {
    type: "button", class: `button button-${style}`, "aria-label": spec.accessibility_label,
    dataset: { field: `${slot.block} ${slot.action}` },
  };
  const value = { type: spec.type, ...(spec.value === undefined ? {} : { value: spec.value }) };
  const node = h("button", given, plain(spec.text), spec.url ? unseen(" (opens in a new tab)") : null);
  node.addEventListener("click", () => pressed(node, spec, slot, value));
  return node;
}

async function pressed(node, spec, slot, value) {
  if (node.getAttribute("aria-busy") === "true") return;
  // At once: a browser opens a tab only for somebody's own click.
  if (spec.url && !spec.confirm) open(spec.url);
  node.setAttribute("aria-busy", "true");
  try {
    if (await use(spec, slot, value, { stateless: true })) if (spec.url && spec.confirm) open(spec.url);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function overflow(spec, slot) {
  const chosen = (option) => {
    if (option.url) open(option.url);
    use(spec, slot, { type: "overflow", selected_option: option }, { stateless: true });
  };
  const node = h("button", { type: "button", class: "button button-default overflow", "aria-label": "More actions", "aria-haspopup": "menu", dataset: { field: `${slot.block} ${slot.action}` } }, icon("more"));
  node.addEventListener("click", () => openMenu(node, (spec.options ?? []).map((option) => ({
    content: [plain(option.text), option.description ? h("span", { class: "option-detail" }, plain(option.description)) : null],
    pick: () => chosen(option),
  }))));
  return node;
}

function choices(spec, slot, kind) {
  const one = kind === "radio";
  const name = fresh("choice");
  const initial = one ? { selected_option: spec.initial_option ?? null } : { selected_options: spec.initial_options ?? [] };
  slot.values.register(slot.block, slot.action, { type: spec.type, ...initial });
  const chosen = () => {
    const value = slot.values.get(slot.block, slot.action);
    return one ? [value.selected_option].filter(Boolean) : value.selected_options;
  };
  const boxes = [];
  const show = () => boxes.forEach(({ box, option }) => { box.checked = chosen().some((each) => each.value === option.value); });
  const changed = async () => {
    const picked = boxes.filter(({ box }) => box.checked).map(({ option }) => option);
    await use(spec, slot, { type: spec.type, ...(one ? { selected_option: picked[0] ?? null } : { selected_options: picked }) });
    show();
  };
  const rows = (spec.options ?? []).map((option, place) => {
    const box = h("input", { type: kind, name, on: { change: changed }, dataset: { field: `${slot.block} ${slot.action} ${place}` } });
    boxes.push({ box, option });
    return h("label", { class: "choice" }, box, h("span", {}, text(option.text), option.description ? h("span", { class: "choice-detail" }, text(option.description)) : null));
  });
  show();
  return h("div", { class: "choices", role: one ? "radiogroup" : "group", "aria-label": slot.label || spoken(spec.label) || "Choices" }, rows);
}
