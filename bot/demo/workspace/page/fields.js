// Draws the elements that are typed into or picked from a calendar or clock, on the browser's own controls: they are the
// ones that a phone and a screen reader know best.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { spoken } from "./texts.js";

const PAUSE = 500;
// A year that is still being typed is no date yet.
const FIRST_YEAR = 1000;

/** By type; each takes a spec, its slot and what to do when it is used. */
export const FIELDS = {
  plain_text_input: (spec, slot, use) => typed(spec, slot, use, spec.multiline ? h("textarea", { rows: 4 }) : h("input", { type: "text" })),
  number_input: (spec, slot, use) => typed(spec, slot, use, h("input", { type: "text", inputmode: spec.is_decimal_allowed ? "decimal" : "numeric" })),
  url_text_input: (spec, slot, use) => typed(spec, slot, use, h("input", { type: "text", inputmode: "url" })),
  email_text_input: (spec, slot, use) => typed(spec, slot, use, h("input", { type: "text", inputmode: "email" })),
  rich_text_input: (spec, slot, use) => typed(spec, slot, use, h("textarea", { rows: 4 }), rich),
  file_input: (spec, slot) => {
    slot.values.register(slot.block, slot.action, { type: spec.type, files: [] });
    return h("div", { class: "placeholder" }, icon("file"), h("div", {}, "Files cannot be uploaded in this workspace."));
  },
  datepicker: (spec, slot, use) => picked(spec, slot, use, "date", { selected_date: spec.initial_date ?? null }),
  timepicker: (spec, slot, use) => picked(spec, slot, use, "time", { selected_time: spec.initial_time ?? null }),
  datetimepicker: (spec, slot, use) => picked(spec, slot, use, "datetime-local", { selected_date_time: spec.initial_date_time ?? null }),
};

const simple = {
  field: "value",
  initial: (spec) => spec.initial_value ?? null,
  of: (text) => (text === "" ? null : text),
  text: (value) => value ?? "",
};
const rich = {
  field: "rich_text_value",
  initial: (spec) => spec.initial_value ?? null,
  of: (text) => (text === "" ? null : { type: "rich_text", elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }] }),
  text: (value) => (value?.elements ?? []).map((part) => (part.elements ?? []).map((each) => each.text ?? "").join("")).join("\n"),
};

function typed(spec, slot, use, node, form = simple) {
  const asked = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const one = node.tagName === "INPUT";
  slot.values.register(slot.block, slot.action, { type: spec.type, [form.field]: form.initial(spec) });
  dress(node, spec, slot);
  node.value = form.text(slot.values.get(slot.block, slot.action)[form.field]);
  if (spec.max_length) node.setAttribute("maxlength", spec.max_length);
  const now = () => ({ type: spec.type, [form.field]: form.of(node.value) });
  let waiting = 0;
  node.addEventListener("input", () => {
    slot.values.set(slot.block, slot.action, now());
    slot.changed?.(slot.block);
    clearTimeout(waiting);
    if (slot.dispatches && asked.includes("on_character_entered")) waiting = setTimeout(() => use(spec, slot, now()), PAUSE);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || (!one && !(event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    if (slot.dispatches && asked.includes("on_enter_pressed")) use(spec, slot, now());
    else slot.submit?.();
  });
  return node;
}

function picked(spec, slot, use, kind, initial) {
  const field = Object.keys(initial)[0];
  const seconds = kind === "datetime-local";
  slot.values.register(slot.block, slot.action, { type: spec.type, ...initial });
  const node = dress(h("input", { type: kind }), spec, slot);
  const kept = () => slot.values.get(slot.block, slot.action)[field];
  const show = () => { node.value = kept() === null ? "" : seconds ? local(kept()) : kept(); };
  show();
  node.addEventListener("change", async () => {
    const value = node.value === "" ? null : seconds ? Math.floor(new Date(node.value).getTime() / 1000) : node.value;
    if (kind !== "time" && value !== null && Number.parseInt(node.value, 10) < FIRST_YEAR) return;
    if (value === kept()) return;
    if (!(await use(spec, slot, { type: spec.type, [field]: value }))) show();
  });
  return node;
}

function local(seconds) {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function dress(node, spec, slot) {
  node.classList.add("text-field");
  node.dataset.field = `${slot.block} ${slot.action}`;
  node.setAttribute("aria-label", slot.label || spoken(spec.placeholder, "Text"));
  if (spec.placeholder) node.setAttribute("placeholder", spoken(spec.placeholder));
  if (slot.input && !slot.optional) node.setAttribute("aria-required", "true");
  if (spec.focus_on_load) node.dataset.first = "true";
  return node;
}
