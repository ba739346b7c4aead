// Reads mrkdwn as Slack does: text in, nodes out. Every search goes forward once, so that no text makes it slow, and
// what is not markup stays the text that it is. https://docs.slack.dev/messaging/formatting-message-text

import { h } from "./dom.js";
import { EMOJI, emoji } from "./emoji.js";
import { allowed, link } from "./links.js";
import * as mentions from "./mentions.js";

const FENCE = "```";
const MARKS = { "*": "strong", _: "em", "~": "s" };
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const EMOJI_HERE = new RegExp(EMOJI.source, "y");
const SPECIAL_HERE = /<([^<>\n]+)>/y;
const URL_HERE = /https?:\/\/[^\s<>|`]+/y;
const ADDRESS_END = /[.,:;!?'"*_~)\]}]+$/;
const WORD = /[\p{L}\p{N}]/u;

/** The three entities that Slack knows, as characters. */
export const decoded = (text) => text.replace(/&(?:amp|lt|gt);/g, (found) => ENTITIES[found]);

/**
 * Text with markup as nodes.
 * how.format: whether *, _, ~, `, > and emoji mean something; how.autolink: whether bare addresses become links.
 */
export function mrkdwn(text, { format = true, autolink = true } = {}) {
  const how = { format, autolink };
  const source = String(text ?? "");
  return format ? fenced(source, how) : inline(source, how);
}

function fenced(source, how) {
  const found = [];
  let at = 0;
  for (;;) {
    const opened = source.indexOf(FENCE, at);
    const closed = opened < 0 ? -1 : source.indexOf(FENCE, opened + 3);
    if (closed < 0 || closed === opened + 3) {
      found.push(...lines(source.slice(at), how));
      return found;
    }
    found.push(...lines(source.slice(at, opened).replace(/\n$/, ""), how));
    found.push(h("pre", { class: "code-block" }, specials(source.slice(opened + 3, closed).replace(/^\n/, ""))));
    at = closed + 3;
    if (source[at] === "\n") at += 1;
  }
}

/** Lines, of which those that begin with > are quoted; >>> quotes all that follows. */
function lines(source, how) {
  if (source === "") return [];
  const found = [];
  let quoted = [];
  const close = () => {
    if (quoted.length) found.push(h("blockquote", {}, joined(quoted, how)));
    quoted = [];
  };
  let first = true;
  let rest = source.split("\n");
  while (rest.length) {
    const line = rest[0];
    const long = /^(?:>|&gt;){3}/.exec(line);
    const short = /^(?:>|&gt;) ?/.exec(line);
    if (long) {
      quoted.push(line.slice(long[0].length).trimStart(), ...rest.slice(1));
      close();
      return found;
    }
    if (short) {
      quoted.push(line.slice(short[0].length));
      first = true;
    } else {
      close();
      if (!first) found.push(h("br"));
      found.push(...inline(line, how));
      first = false;
    }
    rest = rest.slice(1);
  }
  close();
  return found;
}

function joined(list, how) {
  return list.flatMap((line, place) => [place ? h("br") : null, ...inline(line, how)]);
}

/** One run of text: its code, emphasis, emoji, links and mentions. */
function inline(source, how, inside = "") {
  const found = [];
  const given = { found, plain: "", hopeless: new Set() };
  const flush = () => {
    if (given.plain) found.push(decoded(given.plain));
    given.plain = "";
  };
  let at = 0;
  while (at < source.length) {
    const hit = piece(source, at, how, inside, given.hopeless);
    if (hit) {
      flush();
      found.push(hit.node);
      at += hit.length;
    } else {
      given.plain += source[at];
      at += 1;
    }
  }
  flush();
  return found;
}

function piece(source, at, how, inside, hopeless) {
  const sign = source[at];
  if (sign === "<") return special(source, at);
  if (sign === "h" && how.autolink && !WORD.test(source[at - 1] ?? "")) return bare(source, at);
  if (!how.format) return null;
  if (sign === "`") return code(source, at);
  if (sign === ":") return named(source, at);
  if (Object.hasOwn(MARKS, sign) && !inside.includes(sign)) return emphasis(source, at, how, inside, hopeless);
  return null;
}

function code(source, at) {
  const closed = source.indexOf("`", at + 1);
  if (closed <= at + 1) return null;
  const text = source.slice(at + 1, closed);
  if (text.includes("\n") || text.trim() === "") return null;
  return { node: h("code", {}, specials(text)), length: closed + 1 - at };
}

function named(source, at) {
  EMOJI_HERE.lastIndex = at;
  const hit = EMOJI_HERE.exec(source);
  return hit && { node: emoji(hit[1]), length: hit[0].length };
}

function bare(source, at) {
  URL_HERE.lastIndex = at;
  const hit = URL_HERE.exec(source);
  if (!hit) return null;
  const text = hit[0].replace(ADDRESS_END, "");
  if (!allowed(decoded(text))) return null;
  return { node: link(decoded(text), [decoded(text)]), length: text.length };
}

function emphasis(source, at, how, inside, hopeless) {
  const sign = source[at];
  if (hopeless.has(sign) || !opens(source, at)) return null;
  const closed = closing(source, at);
  if (closed < 0) {
    hopeless.add(sign); // Nothing further on can close a later one either.
    return null;
  }
  const children = inline(source.slice(at + 1, closed), how, inside + sign);
  return { node: h(MARKS[sign], {}, children), length: closed + 1 - at };
}

function opens(source, at) {
  const before = source[at - 1] ?? " ";
  const after = source[at + 1] ?? " ";
  return !WORD.test(before) && before !== source[at] && !/\s/.test(after) && after !== source[at];
}

function closing(source, at) {
  const sign = source[at];
  for (let place = at + 2; place < source.length; place += 1) {
    const passed = over(source, place);
    if (passed > place) {
      place = passed - 1;
    } else if (source[place] === sign && !/\s/.test(source[place - 1]) && !WORD.test(source[place + 1] ?? " ")) {
      return place;
    }
  }
  return -1;
}

/** Where code or a special that begins here ends: no emphasis is looked for inside. */
function over(source, at) {
  if (source[at] === "`") return at + (code(source, at)?.length ?? 0);
  if (source[at] !== "<") return at;
  SPECIAL_HERE.lastIndex = at;
  return at + (SPECIAL_HERE.exec(source)?.[0].length ?? 0);
}

/** Code: only what stands between < and > means something there. */
function specials(source) {
  return inline(source, { format: false, autolink: false });
}

function special(source, at) {
  SPECIAL_HERE.lastIndex = at;
  const hit = SPECIAL_HERE.exec(source);
  const node = hit && meant(hit[1]);
  return node && { node, length: hit[0].length };
}

function meant(body) {
  const bar = body.indexOf("|");
  const target = bar < 0 ? body : body.slice(0, bar);
  const label = bar < 0 ? "" : decoded(body.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return mentions.user(target.slice(1), label);
  if (/^#[CGD][A-Z0-9]+$/.test(target)) return mentions.channel(target.slice(1), label);
  if (target.startsWith("!")) return command(target.slice(1), label);
  const url = decoded(target);
  return allowed(url) ? link(url, [label || url.replace(/^mailto:/, "")]) : null;
}

function command(target, label) {
  const [name, ...rest] = target.split("^");
  if (name === "subteam") return mentions.group(rest[0] ?? "", label);
  if (name === "date") return mentions.date(rest[0], decoded(rest[1] ?? ""), decoded(rest[2] ?? ""), label);
  if (["here", "channel", "everyone"].includes(name)) return mentions.broadcast(name);
  return document.createTextNode(label || `<${name}>`);
}
