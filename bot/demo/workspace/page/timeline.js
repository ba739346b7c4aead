// Keeps a list of messages drawn: what has not changed is left alone, so that focus, choices and the reader's place stay.
// It follows the newest message until the reader scrolls up.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { message } from "./message.js";
import { repliesTo } from "./state.js";
import { day, moment, sameDay } from "./times.js";

const NEAR = 80;
const PAGE = 150;
// Messages of one person within this time stand together.
const TOGETHER = 300;

export class Timeline {
  #drawn = new Map();
  #limit = PAGE;
  #atEnd = true;
  #items = [];

  /** given: {label, thread: whether it is a thread's}. */
  constructor(given) {
    this.given = given;
    this.list = h("div", { class: "timeline-list" });
    this.scroller = h("div", { class: "timeline", tabIndex: 0, role: "region", "aria-label": given.label, on: { scroll: () => this.#scrolled() } }, this.list);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd() } }, icon("arrow"), "New messages");
    this.node = h("div", { class: "timeline-frame" }, this.scroller, this.jump);
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(this.scroller);
    new ResizeObserver(() => this.#atEnd && this.toEnd()).observe(this.list);
  }

  /** Show these messages. how: {head: what stands above, since: the ts after which they are new}. */
  show(messages, how = {}) {
    const last = this.#items.at(-1)?.ts ?? "";
    this.#items = messages;
    this.how = how;
    this.#draw();
    const newest = messages.at(-1);
    if (this.#atEnd) this.toEnd();
    else if (newest && newest.ts > last) this.jump.hidden = false;
  }

  /** Whether the reader sees the newest. */
  get atEnd() {
    return this.#atEnd;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#atEnd = true;
    this.jump.hidden = true;
  }

  #scrolled() {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    this.#atEnd = scrollTop + clientHeight >= scrollHeight - NEAR;
    if (this.#atEnd) this.jump.hidden = true;
  }

  #draw() {
    const shown = this.#items.slice(-this.#limit);
    const wanted = [this.#above(shown.length), ...shown.flatMap((each, at) => this.#row(each, shown[at - 1], at))].filter(Boolean);
    const kept = new Set(wanted);
    [...this.list.children].forEach((each) => kept.has(each) || each.remove());
    wanted.forEach((each, at) => { if (this.list.children[at] !== each) this.list.insertBefore(each, this.list.children[at] ?? null); });
    const there = new Set(shown.map((each) => each.ts));
    for (const ts of this.#drawn.keys()) if (!there.has(ts)) this.#drawn.delete(ts);
  }

  #above(count) {
    if (count === this.#items.length) return this.how.head ?? null;
    return h("button", { type: "button", class: "text-button earlier", on: { click: () => { this.#limit += PAGE; this.#draw(); } } }, `Show earlier messages (${this.#items.length - count})`);
  }

  #row(shown, before, at) {
    const { since = "", replies = "" } = this.how;
    const newDay = !before || !sameDay(moment(before.ts), moment(shown.ts));
    const isNew = since && shown.ts > since && !(before && before.ts > since);
    const divider = this.given.thread ? this.#count(replies, at) : newDay ? this.#divider(shown, "day", day(moment(shown.ts))) : null;
    const news = isNew && !this.given.thread ? this.#divider(shown, "new", "New") : null;
    return [divider, news, this.#message(shown, !divider && !news && follows(shown, before))];
  }

  #count(replies, at) {
    return at === 1 && replies ? h("div", { class: "divider replies" }, h("span", {}, replies)) : null;
  }

  #divider(shown, kind, text) {
    return h("div", { class: `divider ${kind}`, role: "separator", "aria-label": text }, h("span", {}, text));
  }

  #message(shown, follows) {
    const known = this.#drawn.get(shown.ts);
    const replies = repliesTo(shown.channel, shown.ts);
    const form = JSON.stringify([follows, replies.length, replies.at(-1)?.ts, replies.filter((each) => each.deleted).length]);
    if (known?.shown === shown && known.form === form) return known.node;
    const node = message(shown, { follows, thread: this.given.thread });
    if (known) refocus(known.node, node);
    this.#drawn.set(shown.ts, { shown, form, node });
    return node;
  }
}

/** Where an element of the old drawing had the focus, the same of the new one gets it. */
export function refocus(before, after) {
  const active = document.activeElement;
  const field = before.contains(active) ? active.dataset.field : undefined;
  if (field === undefined) return;
  const { selectionStart: from, selectionEnd: to } = active;
  queueMicrotask(() => {
    const found = [...after.querySelectorAll("[data-field]")].find((each) => each.dataset.field === field);
    found?.focus({ preventScroll: true });
    if (typeof from === "number" && found?.setSelectionRange) found.setSelectionRange(from, to);
  });
}

function follows(shown, before) {
  return Boolean(before) && before.user === shown.user && !before.ephemeral && !shown.ephemeral && !before.deleted && !shown.deleted
    && !shown.reply_broadcast && Number(shown.ts) - Number(before.ts) < TOGETHER;
}
