// Draws the ten selects: static, external, users, conversations and channels, for one or several. They differ in where
// their options come from and in what their value is called; the list with its search is one.

import { fresh, h, nodes } from "./dom.js";
import { icon } from "./icons.js";
import { openList } from "./listbox.js";
import { offers } from "./offers.js";
import { plain, spoken } from "./texts.js";

const KIND = /^(multi_)?(static|external|users|conversations|channels)_select$/;
const FIELD = { static: "option", external: "option", users: "user", conversations: "conversation", channels: "channel" };

export const isSelect = (type) => KIND.test(type ?? "");

/** A select: the button that shows what is chosen, and its list. */
export function select(spec, slot, use) {
  const [, multi, source] = KIND.exec(spec.type);
  const many = Boolean(multi);
  const field = `selected_${FIELD[source]}${many ? "s" : ""}`;
  const offered = offers(source, spec, slot);
  slot.values.register(slot.block, slot.action, { type: spec.type, [field]: initial(spec, FIELD[source], many, slot) });
  const kept = () => {
    const value = slot.values.get(slot.block, slot.action)[field];
    return many ? value : [value].filter((each) => each !== null);
  };
  const face = h("button", {
    type: "button", class: "select", "aria-haspopup": "listbox", "aria-expanded": "false", id: fresh("select"),
    dataset: { field: `${slot.block} ${slot.action}`, ...(spec.focus_on_load ? { first: "true" } : {}) },
  });
  const chips = h("div", { class: "chips" });
  const show = () => {
    const names = kept().map((each) => offered.name(each));
    const wanted = spoken(spec.placeholder, many ? "Select options" : "Select an option");
    face.replaceChildren(h("span", { class: names.length && !many ? "select-value" : "select-placeholder" }, names.length && !many ? names[0] : wanted), icon("down"));
    face.setAttribute("aria-label", `${slot.label || wanted}: ${names.join(", ") || "nothing selected"}`);
    chips.replaceChildren(...(many ? kept().map((each) => chip(offered.name(each), () => keep(kept().filter((other) => !same(other, each))))) : []));
  };
  const keep = async (list) => {
    const value = many ? list : list[0] ?? null;
    await use(spec, slot, { type: spec.type, [field]: value });
    show();
  };
  face.addEventListener("click", () => openList(face, {
    label: slot.label || spoken(spec.placeholder, "Options"), many, most: many ? spec.max_selected_items : undefined,
    offered, chosen: kept(), same, done: (list) => keep(list), clearable: !many && slot.optional,
  }));
  show();
  return h("div", { class: many ? "select-frame many" : "select-frame" }, face, chips);
}

/** Options are the same when their values are; ids when they are equal. */
function same(one, other) {
  return typeof one === "object" ? one?.value === other?.value : one === other;
}

function initial(spec, noun, many, slot) {
  const given = spec[`initial_${noun}${many ? "s" : ""}`];
  if (given !== undefined && given !== null) return given;
  if (noun === "conversation" && spec.default_to_current_conversation && slot.channel) return many ? [slot.channel] : slot.channel;
  return many ? [] : null;
}

function chip(name, remove) {
  return h("span", { class: "chip" }, nodes([name]), h("button", { type: "button", class: "chip-remove", "aria-label": `Remove ${typeof name === "string" ? name : plain(name)}`, on: { click: remove } }, icon("close")));
}
