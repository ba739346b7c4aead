// Draws rich_text: sections, lists, quotes and code, with all that stands in them.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h } from "./dom.js";
import { allowed, link } from "./links.js";
import * as mentions from "./mentions.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code", highlight: "mark", client_highlight: "mark" };
// A mention of somebody is not code, whatever its style says: code goes on first, so that it stands inside.
const ORDER = ["code", "bold", "italic", "strike", "underline", "highlight", "client_highlight"];
const NUMBERS = ["decimal", "alpha", "roman"];
const BULLETS = ["disc", "circle", "square"];
const DEEPEST = 8;

const DRAWN = {
  rich_text_section: (block) => h("div", { class: "rich-section" }, runs(block.elements)),
  rich_text_quote: (block) => h("blockquote", {}, runs(block.elements)),
  rich_text_preformatted: (block) => h("pre", { class: "code-block", dataset: block.language ? { language: block.language } : {} }, runs(block.elements)),
  rich_text_list: (block) => list(block),
};

/** The inside of a rich_text block, or of a cell. */
export function richText(block) {
  return (block.elements ?? []).map((each) => {
    const drawn = DRAWN[each?.type];
    return drawn ? drawn(each) : h("div", { class: "unknown" }, `Unknown piece of rich text: ${each?.type}`);
  });
}

function list(block) {
  const indent = Math.min(Math.max(Number(block.indent) || 0, 0), DEEPEST);
  const ordered = block.style === "ordered";
  const kind = (ordered ? NUMBERS : BULLETS)[indent % 3];
  const given = { class: `rich-list list-${kind} indent-${indent}${block.border ? " bordered" : ""}` };
  if (ordered && Number(block.offset) > 0) given.start = Number(block.offset) + 1;
  const items = (block.elements ?? []).map((each) => h("li", {}, DRAWN[each?.type]?.(each)));
  return h(ordered ? "ol" : "ul", given, items);
}

function runs(elements) {
  return (elements ?? []).map((each) => styled(run(each), each?.style));
}

const RUNS = {
  text: (each) => String(each.text ?? ""),
  link: (each) => link(each.url, [each.text || String(each.url)]),
  emoji: (each) => mentions.emoji(String(each.name)),
  user: (each) => mentions.user(each.user_id),
  usergroup: (each) => mentions.group(each.usergroup_id),
  channel: (each) => mentions.channel(each.channel_id),
  broadcast: (each) => mentions.broadcast(String(each.range)),
  date: (each) => mentions.date(each.timestamp, each.format, allowed(each.url) ? each.url : "", each.fallback),
  team: (each) => h("span", { class: "mention" }, String(each.team_id)),
  color: (each) => swatch(String(each.value)),
};

function run(each) {
  const drawn = Object.hasOwn(RUNS, each?.type) ? RUNS[each.type] : null;
  return drawn ? drawn(each) : h("span", { class: "unknown" }, `[${each?.type}]`);
}

function styled(content, style) {
  return ORDER.reduce((inner, name) => (style?.[name] ? h(STYLES[name], {}, inner) : inner), content);
}

function swatch(value) {
  const shown = h("span", { class: "swatch", "aria-hidden": "true" });
  if (/^#[0-9a-f]{6}$/i.test(value)) shown.style.backgroundColor = value;
  return h("span", { class: "color" }, shown, value);
}
