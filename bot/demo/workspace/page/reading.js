// Remembers how far each user has read each channel, in this browser: what came later is unread.

import { messagesOf, repliesTo, world } from "./state.js";

const key = (channel) => `read ${location.host} ${world.team.id} ${world.me?.id} ${channel}`;
const here = new Map();

/** The ts up to which a channel was read. */
export function readUpTo(channel) {
  if (!here.has(key(channel))) here.set(key(channel), stored(key(channel)));
  return here.get(key(channel));
}

/** All of a channel is read now. */
export function readAll(channel) {
  const last = messagesOf(channel).at(-1)?.ts ?? "0";
  if (last <= readUpTo(channel)) return false;
  here.set(key(channel), last);
  try {
    localStorage.setItem(key(channel), last);
  } catch {
    // Without a place to keep it, it is kept until the page is left.
  }
  return true;
}

/** What others wrote that was not read: how many, and how many of them concern the reader by name. */
export function unread(channel) {
  const from = readUpTo(channel.id);
  const late = messagesOf(channel.id).filter((each) => each.ts > from && each.user !== world.me?.id && !each.deleted && inChannel(each));
  return { count: late.length, mentions: late.filter((each) => channel.im || (each.text ?? "").includes(`<@${world.me?.id}`)).length };
}

/** Whether a message stands in the channel itself, not only in a thread. */
export function inChannel(message) {
  return !message.thread_ts || message.thread_ts === message.ts || message.reply_broadcast === true;
}

/** What a channel shows: its messages, without deleted ones that nobody replied to. */
export function shownIn(channel) {
  return messagesOf(channel).filter((each) => inChannel(each) && (!each.deleted || repliesTo(channel, each.ts).length > 0));
}

function stored(name) {
  try {
    return localStorage.getItem(name) ?? "0";
  } catch {
    return "0";
  }
}
