// Draws the markdown block: standard Markdown as models write it (headings, lists, tasks, tables, code), nothing of HTML.
// https://docs.slack.dev/reference/block-kit/blocks/markdown-block

import { h } from "./dom.js";
import { EMOJI, emoji } from "./emoji.js";
import { link } from "./links.js";

const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)/;
const ITEM = /^([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(.*)$/;
const TASK = /^\[([ xX])\][ \t]+/;
const QUOTE = /^ {0,3}> ?/;
const TABLE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const DEEPEST = 8;

/** Markdown as nodes. */
export function markdown(text, depth = 0) {
  const left = String(text ?? "").split("\n");
  const found = [];
  while (left.length) {
    if (left[0].trim() === "") left.shift();
    else found.push(block(left, depth));
  }
  return found;
}

function block(left, depth) {
  const heading = HEADING.exec(left[0]);
  if (heading) {
    left.shift();
    return h("p", { class: `md-heading md-heading-${heading[1].length}`, role: "heading", "aria-level": String(heading[1].length + 2) }, inline(heading[2].replace(/[ \t]+#+$/, "")));
  }
  if (FENCE.test(left[0])) return code(left);
  if (RULE.test(left[0])) return left.shift() && h("hr");
  if (QUOTE.test(left[0]) && depth < DEEPEST) return h("blockquote", {}, markdown(take(left, (line) => QUOTE.test(line)).map((line) => line.replace(QUOTE, "")).join("\n"), depth + 1));
  if (ITEM.test(left[0])) return list(left, depth);
  if (left[0].includes("|") && TABLE.test(left[1] ?? "") && left[1].includes("-")) return table(left);
  return paragraph(left);
}

function take(left, wanted) {
  const found = [left.shift()];
  while (left.length && wanted(left[0])) found.push(left.shift());
  return found;
}

function paragraph(left) {
  const found = take(left, (line) => line.trim() !== "" && !HEADING.test(line) && !FENCE.test(line) && !QUOTE.test(line) && !ITEM.test(line) && !RULE.test(line));
  return h("p", {}, found.flatMap((line, place) => [place ? h("br") : null, ...inline(line.trim())]));
}

function code(left) {
  const [, fence, language] = FENCE.exec(left.shift());
  const found = [];
  while (left.length && !left[0].trim().startsWith(fence)) found.push(left.shift());
  left.shift();
  return h("pre", { class: "code-block", dataset: language ? { language } : {} }, found.join("\n"));
}

function list(left, depth) {
  const [, indent, sign] = ITEM.exec(left[0]);
  const ordered = /\d/.test(sign);
  const items = [];
  while (left.length) {
    const item = ITEM.exec(left[0]);
    if (!item || item[1].length < indent.length || (item[1].length === indent.length && /\d/.test(item[2]) !== ordered)) break;
    if (item[1].length > indent.length + 1 && items.length && depth < DEEPEST) {
      items.at(-1).append(list(left, depth + 1));
    } else {
      left.shift();
      items.push(entry(item[3]));
    }
  }
  const start = ordered ? Number.parseInt(sign, 10) : 1;
  return h(ordered ? "ol" : "ul", { class: `rich-list ${ordered ? "list-decimal" : "list-disc"}`, start: start > 1 ? start : null }, items);
}

function entry(text) {
  const task = TASK.exec(text);
  if (!task) return h("li", {}, inline(text));
  const box = h("input", { type: "checkbox", checked: task[1] !== " ", disabled: true, "aria-label": task[1] === " " ? "to do" : "done" });
  return h("li", { class: "task" }, box, " ", inline(text.slice(task[0].length)));
}

function table(left) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((each) => each.trim().replaceAll("\\|", "|"));
  const head = cells(left.shift());
  const sides = cells(left.shift()).map((each) => (/^:-+:$/.test(each) ? "center" : each.endsWith(":") ? "right" : "left"));
  const rows = [];
  while (left.length && left[0].includes("|")) rows.push(cells(left.shift()));
  const row = (list, tag) => h("tr", {}, head.map((_, place) => h(tag, { class: `align-${sides[place] ?? "left"}` }, inline(list[place] ?? ""))));
  return h("div", { class: "table-frame", tabIndex: 0, role: "region", "aria-label": "Table" },
    h("table", {}, h("thead", {}, row(head, "th")), h("tbody", {}, rows.map((each) => row(each, "td")))));
}

// In order: an escape, code, a picture or a link, a bare address, strong, emphasis, struck, an emoji.
const INLINE = new RegExp([
  /\\(?<escape>[!-/:-@[-`{-~])/,
  /(?<ticks>`+)(?<code>[^`]+)\k<ticks>/,
  /(?<picture>!?)\[(?<label>[^[\]\n]{0,1000})\]\((?<url>[^()\s]{1,3000})\)/,
  /(?<bare>https?:\/\/[^\s<>)]{1,3000})/,
  /(?<!\w)(?<strong>\*\*|__)(?=\S)(?<important>[^\n]{1,3000}?)(?<=\S)\k<strong>/,
  /(?<!\w)(?<mark>[*_])(?=[^\s*_])(?<stressed>[^\n*]{1,3000}?)(?<=\S)\k<mark>(?!\w)/,
  /~~(?=\S)(?<struck>[^~\n]{1,3000})~~/,
  new RegExp(EMOJI.source.replace("(", "(?<emoji>")),
].map((each) => `(?:${each.source})`).join("|"));
const DEEPEST_MARK = 3;

function inline(text, depth = 0) {
  const found = [];
  let rest = text;
  for (let hit = INLINE.exec(rest); hit; hit = INLINE.exec(rest)) {
    found.push(rest.slice(0, hit.index), drawn(hit.groups, depth));
    rest = rest.slice(hit.index + hit[0].length);
  }
  return [...found, rest];
}

function drawn(hit, depth) {
  const within = (inner) => (depth < DEEPEST_MARK ? inline(inner, depth + 1) : [inner]);
  if (hit.escape) return hit.escape;
  if (hit.code !== undefined) return h("code", {}, hit.code);
  if (hit.url) return link(hit.url, [hit.picture ? `[picture] ${hit.label || hit.url}` : hit.label || hit.url]);
  if (hit.bare) return link(hit.bare, [hit.bare]);
  if (hit.important) return h("strong", {}, within(hit.important));
  if (hit.stressed) return h("em", {}, within(hit.stressed));
  if (hit.struck) return h("s", {}, within(hit.struck));
  return emoji(hit.emoji);
}
