// Knows what the reader looks at: user, channel, tab and thread, as the address says it (#user/channel/thread). So that
// reloading stays there, going back works, and several windows can be several people.

import { world } from "./state.js";

export const moves = new EventTarget();
export const place = { user: "", channel: "", thread: "" };

const HOME = "home";

/** What the address names; the rest is the reader's own. */
export function read() {
  const [user, channel, thread] = decodeURIComponent(location.hash.slice(1)).split("/");
  // A permalink names no user: the present one stays.
  Object.assign(place, { user: user || place.user, channel: channel ?? "", thread: thread ?? "" });
  return place;
}

/** Go somewhere; parts that are not named stay as they are, but that a thread belongs to its channel. */
export function go(to) {
  const next = { ...place, ...("channel" in to || "user" in to ? { thread: "" } : {}), ...to };
  // A thread stands after its channel, also where the first one is looked at without being named.
  const hash = [next.user, next.channel || (next.thread ? channelHere()?.id : ""), next.thread].filter(Boolean).join("/");
  if (location.hash.slice(1) === hash) moved();
  else location.hash = hash;
}

/** The channel that is looked at: the named one, else the first. */
export function channelHere() {
  const known = world.channels.get(place.channel);
  if (known) return known;
  const first = [...world.channels.values()];
  return first.find((each) => !each.im && !each.archived) ?? first[0] ?? null;
}

/** Whether the home tab of the app is looked at: it is a "thread" of the direct message, as far as the address goes. */
export function atHome() {
  return Boolean(channelHere()?.im) && place.thread === HOME;
}

export const toHome = (channel) => go({ channel, thread: HOME });

function moved() {
  read();
  moves.dispatchEvent(new Event("moved"));
}

window.addEventListener("hashchange", moved);
