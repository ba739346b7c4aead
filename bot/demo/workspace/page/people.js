// Shows who wrote: a tile with initials instead of a picture, a name, and whether it is an app.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { nameOf } from "./mentions.js";
import { userNamed } from "./state.js";

const TINTS = 8;

/** The tile of a user; decoration, the name stands beside it. */
export function avatar(id, size = "") {
  const user = userNamed(id);
  const tint = [...String(id)].reduce((sum, each) => (sum * 31 + each.codePointAt(0)) % 9973, 7) % TINTS;
  const inside = user?.is_bot ? icon("app") : initials(nameOf(id));
  return h("span", { class: `avatar ${size} ${user?.is_bot ? "avatar-app" : `tint-${tint}`}`, "aria-hidden": "true" }, inside);
}

/** The name of whoever wrote a message, with a mark where it is an app. */
export function author(message) {
  const user = userNamed(message.user);
  const name = message.username || nameOf(message.user);
  return [h("span", { class: "author" }, name), user?.is_bot || message.bot_id ? h("span", { class: "app-mark" }, "App") : null];
}

function initials(name) {
  const words = String(name).trim().split(/[\s._-]+/).filter(Boolean);
  return words.slice(0, 2).map((each) => [...each][0].toUpperCase()).join("") || "?";
}
