// Shows who and what is meant: ids in, names as the reader knows them out. An id that nobody knows stays an id.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { link } from "./links.js";
import { world } from "./state.js";
import { formatted, full } from "./times.js";

/** What a person is called. */
export function nameOf(id) {
  const user = world.users.get(id);
  return user ? user.real_name || user.name || id : id;
}

/** What a channel is called; a direct message after whom it is with. */
export function titleOf(channel) {
  if (!channel) return "";
  return channel.im ? world.app.name || channel.name || "Direct message" : channel.name;
}

export function user(id, label = "") {
  return mention(`@${label || nameOf(id)}`, { me: id === world.me?.id, user: id });
}

export function group(id, label = "") {
  const known = world.groups.get(id);
  const name = (label || known?.handle || id).replace(/^@/, "");
  return mention(`@${name}`, { me: Boolean(known?.users?.includes(world.me?.id)) });
}

export function channel(id, label = "") {
  const known = world.channels.get(id);
  if (!known && !label) return mention(`#${id}`);
  const name = `#${known?.name ?? label}`;
  return known ? h("a", { class: "mention", href: `#${world.me?.id}/${id}` }, name) : mention(name);
}

export function broadcast(range) {
  return mention(`@${range}`, { me: true });
}

/** A moment in the reader's zone; the fallback where it is none. */
export function date(seconds, format, url, fallback) {
  const text = formatted(seconds, format ?? "");
  const shown = text === null
    ? fallback || `${seconds}`
    : h("time", { datetime: new Date(Number(seconds) * 1000).toISOString(), title: full(new Date(Number(seconds) * 1000)) }, text);
  return url ? link(url, [shown]) : shown;
}

export { emoji };

function mention(text, { me = false, user: id } = {}) {
  return h("span", { class: me ? "mention mention-me" : "mention", dataset: id ? { user: id } : {} }, text);
}
