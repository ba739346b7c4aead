// Draws one message: who, when, what it says, its files, its thread, and what can be done with it.

import { blocks } from "./blocks.js";
import { h, iconButton } from "./dom.js";
import { file, showText } from "./files.js";
import { icon } from "./icons.js";
import { mrkdwn } from "./mrkdwn.js";
import { author, avatar } from "./people.js";
import { place, go } from "./place.js";
import { apply, find, repliesTo, world } from "./state.js";
import { slotOfMessage } from "./slots.js";
import { full, moment, spoken, time } from "./times.js";

const FACES = 3;
// Fields of the page's own, which nobody posted.
const OURS = new Set(["ephemeral", "deleted"]);

/** A message as a node. how: {follows: whether the same person wrote the one above, thread: whether in the panel}. */
export function message(shown, how) {
  const kind = ["message", how.follows ? "follows" : "", shown.ephemeral ? "ephemeral" : "", shown.deleted ? "deleted" : "", mentionsMe(shown) ? "for-me" : ""];
  const stamp = when(shown, how.follows);
  const head = how.follows ? null : h("div", { class: "message-head" }, author(shown), stamp);
  return h("article", { class: kind.filter(Boolean).join(" "), dataset: { ts: shown.ts }, "aria-label": `${world.users.get(shown.user)?.real_name ?? ""} ${time(moment(shown.ts))}` },
    h("div", { class: "message-side" }, how.follows ? stamp : avatar(shown.user)),
    h("div", { class: "message-body" }, shown.ephemeral ? only() : null, broadcastOf(shown, how), head, said(shown), how.thread ? null : threadOf(shown), shown.ephemeral ? dismiss(shown) : null),
    shown.deleted ? null : doing(shown, how));
}

/** What a message says, without who and when. */
function said(shown) {
  if (shown.deleted) return h("div", { class: "tombstone" }, "This message was deleted.");
  const edited = shown.edited ? h("span", { class: "edited" }, "(edited)") : null;
  const files = (shown.files ?? []).map(file);
  const attached = (shown.attachments ?? []).map((each, place) => attachment(each, shown, place));
  if (shown.blocks?.length) {
    return h("div", { class: "said" }, h("div", { class: "blocks" }, blocks(shown.blocks, slotOfMessage(shown))), edited, attached, files);
  }
  const text = shown.text ? h("div", { class: "text" }, mrkdwn(shown.text, { format: shown.mrkdwn !== false }), edited ? [" ", edited] : null) : null;
  return h("div", { class: "said" }, text, attached, files);
}

/** The older form of additions, with a bar of colour. https://docs.slack.dev/messaging/formatting-message-text#attachments */
function attachment(each, shown, place) {
  const slot = slotOfMessage({ ...shown, ts: `${shown.ts} ${place}` });
  const inside = each.blocks?.length
    ? blocks(each.blocks, { ...slotOfMessage(shown), values: slot.values })
    : [each.pretext, each.title, each.text ?? each.fallback].filter(Boolean).map((text) => h("div", { class: "text" }, mrkdwn(text)));
  const node = h("div", { class: "attachment" }, inside);
  if (/^#?[0-9a-f]{6}$/i.test(each.color ?? "")) node.style.borderInlineStartColor = `#${each.color.replace("#", "")}`;
  return node;
}

function when(shown, short) {
  const at = moment(shown.ts);
  return h("time", { class: "stamp", datetime: at.toISOString(), title: full(at) }, short ? time(at).replace(/\s?[AP]M$/i, "") : time(at));
}

function only() {
  return h("div", { class: "only" }, icon("eye"), "Only visible to you");
}

function dismiss(shown) {
  return h("button", { type: "button", class: "text-button dismiss", on: { click: () => apply({ type: "deleted", channel: shown.channel, ts: shown.ts }) } }, "Dismiss message");
}

function broadcastOf(shown, how) {
  if (how.thread || !shown.reply_broadcast || shown.thread_ts === shown.ts) return null;
  const root = find(shown.channel, shown.thread_ts);
  return h("div", { class: "broadcast" }, "replied to a thread: ", h("button", { type: "button", class: "text-button", on: { click: () => go({ thread: shown.thread_ts }) } }, (root?.text || "thread").slice(0, 80)));
}

/** The line below a message that opens its thread. */
function threadOf(shown) {
  const replies = repliesTo(shown.channel, shown.ts).filter((each) => !each.deleted);
  if (!replies.length) return null;
  const seen = replies.filter((each) => !each.ephemeral);
  const faces = [...new Set(replies.map((each) => each.user))].slice(0, FACES).map((each) => avatar(each, "small"));
  const count = seen.length ? `${seen.length} ${seen.length === 1 ? "reply" : "replies"}` : "A reply that only you see";
  return h("button", { type: "button", class: "thread-line", "aria-expanded": String(place.thread === shown.ts), on: { click: () => go({ thread: shown.ts }) } },
    h("span", { class: "faces" }, faces), h("span", { class: "thread-count" }, count), h("span", { class: "thread-last" }, `Last reply ${spoken(moment(replies.at(-1).ts))}`));
}

function doing(shown, how) {
  const open = () => go({ thread: shown.thread_ts ?? shown.ts });
  const json = () => showText("The message as it was posted", JSON.stringify(Object.fromEntries(Object.entries(shown).filter(([name]) => !OURS.has(name))), null, 2));
  return h("div", { class: "doing", role: "group", "aria-label": "With this message" },
    how.thread || shown.ephemeral ? null : iconButton(icon("reply"), "Reply in thread", open),
    iconButton(icon("braces"), "Show its JSON", json));
}

function mentionsMe(shown) {
  const id = world.me?.id;
  const groups = [...world.groups.values()].filter((each) => each.users?.includes(id)).map((each) => `<!subteam^${each.id}`);
  return [`<@${id}>`, `<@${id}|`, "<!here", "<!channel", "<!everyone", ...groups].some((each) => (shown.text ?? "").includes(each));
}
