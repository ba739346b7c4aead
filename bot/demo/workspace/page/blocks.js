// Draws Block Kit from the posted JSON alone: a list of blocks in, nodes out. What is not known is shown as unknown, and
// nothing is loaded: pictures, films and files of elsewhere are told in words.
// https://docs.slack.dev/reference/block-kit/blocks

import { h } from "./dom.js";
import { element } from "./elements.js";
import { icon } from "./icons.js";
import { allowed, link } from "./links.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";
import { plain, spoken, text } from "./texts.js";

const DRAWN = {
  section, context, actions, input, table,
  header: (block) => h("h3", { class: "block-header" }, plain(block.text)),
  divider: () => h("hr", { class: "block-divider" }),
  rich_text: (block) => h("div", { class: "block-rich" }, richText(block)),
  markdown: (block) => h("div", { class: "block-markdown" }, markdown(block.text)),
  image: (block) => h("figure", { class: "block-image" }, block.title ? h("figcaption", {}, plain(block.title)) : null, picture(block)),
  video: (block) => placeholder("play", "Video", spoken(block.title, block.alt_text), block.title_url ?? block.video_url, [spoken(block.description), block.author_name, block.provider_name]),
  file: (block) => placeholder("file", "File", block.external_id, null, [block.source]),
  call: (block) => placeholder("call", "Call", block.call?.v1?.name ?? block.call_id, block.call?.v1?.join_url),
  context_actions: actions,
};

/**
 * Blocks as nodes.
 * slot.values: where choices are kept; slot.used: what happens when an element is used; slot.view: whether in a view.
 */
export function blocks(list, slot) {
  slot.values.begin();
  return (Array.isArray(list) ? list : []).map((block, place) => {
    const kind = block?.type;
    if (!Object.hasOwn(DRAWN, kind)) return h("div", { class: "block unknown", dataset: { type: String(kind) } }, `Unknown block: ${kind}`);
    const id = block.block_id || slot.values.name(`block ${place}`);
    const drawn = DRAWN[kind](block, { ...slot, block: id, dispatches: true });
    return h("div", { class: `block block-of-${kind}`, dataset: { block: id, type: kind } }, drawn);
  });
}

function section(block, slot) {
  const words = block.text ? h("div", { class: "section-text" }, text(block.text)) : null;
  const fields = block.fields?.length ? h("div", { class: "section-fields" }, block.fields.map((each) => h("div", { class: "field" }, text(each)))) : null;
  const beside = block.accessory ? h("div", { class: "accessory" }, inner(block.accessory, slot, 0, spoken(block.text))) : null;
  return h("div", { class: beside ? "section with-accessory" : "section" }, h("div", { class: "section-body" }, words, fields), beside);
}

function context(block, slot) {
  return h("div", { class: "context" }, (block.elements ?? []).map((each, place) =>
    each?.type === "image" ? inner(each, slot, place) : h("span", { class: "context-text" }, text(each))));
}

function actions(block, slot) {
  return h("div", { class: "actions" }, (block.elements ?? []).map((each, place) => inner(each, slot, place)));
}

function input(block, slot) {
  const optional = block.optional ? h("span", { class: "optional" }, " (optional)") : null;
  const label = h("span", { class: "input-label" }, plain(block.label), optional);
  const drawn = inner(block.element, { ...slot, dispatches: block.dispatch_action === true, optional: block.optional === true, input: true }, 0, spoken(block.label));
  const hint = block.hint ? h("div", { class: "hint" }, plain(block.hint)) : null;
  return h("div", { class: "input" }, label, drawn, h("div", { class: "input-error", role: "alert", hidden: true }), hint);
}

function inner(spec, slot, place, label = "") {
  if (spec?.type === "image") return picture(spec);
  const action = spec?.action_id || slot.values.name(`action ${slot.block} ${place}`);
  return element(spec, { ...slot, action, label });
}

function table(block) {
  const settings = block.column_settings ?? [];
  const cell = (each, column) => {
    const side = ["left", "center", "right"].includes(settings[column]?.align) ? settings[column].align : "left";
    const content = each?.type === "rich_text" ? richText(each) : [String(each?.text ?? each?.value ?? "")];
    return { class: `align-${side}${settings[column]?.is_wrapped ? " wrapped" : ""}`, content };
  };
  const row = (tag) => (list) => h("tr", {}, (list ?? []).map((each, column) => {
    const { content, ...given } = cell(each, column);
    return h(tag, tag === "th" ? { ...given, scope: "col" } : given, content);
  }));
  const [head, ...body] = block.rows ?? [];
  return h("div", { class: "table-frame", tabIndex: 0, role: "region", "aria-label": "Table" },
    h("table", {}, h("thead", {}, row("th")(head)), h("tbody", {}, body.map(row("td")))));
}

/** A picture in words: what it shows and where it would come from. */
function picture(spec) {
  const from = spec.image_url ?? spec.slack_file?.url ?? "";
  return h("span", { class: "picture", role: "img", "aria-label": `Picture: ${spec.alt_text ?? ""}`, title: `Not loaded: ${from}` }, icon("picture"), h("span", {}, spec.alt_text || "Picture"));
}

function placeholder(drawn, kind, title, url, details = []) {
  const name = title || "untitled";
  return h("div", { class: "placeholder" }, icon(drawn), h("div", {},
    h("div", { class: "placeholder-kind" }, kind),
    h("div", { class: "placeholder-title" }, allowed(url) ? link(url, [name]) : name),
    details.filter(Boolean).map((each) => h("div", { class: "placeholder-detail" }, String(each)))));
}
