// The panel beside the conversation: a message and its replies.

import { Composer } from "./composer.js";
import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { titleOf } from "./mentions.js";
import { atHome, channelHere, go, place } from "./place.js";
import { find, repliesTo, world } from "./state.js";
import { Timeline } from "./timeline.js";

export class Thread {
  #key = "";

  constructor(node) {
    this.node = node;
    this.where = h("span", { class: "thread-where" });
    this.middle = h("div", { class: "middle" });
    this.composer = new Composer({ sent: () => this.timeline?.toEnd() });
    const close = iconButton(icon("close"), "Close thread", () => this.close());
    node.replaceChildren(h("header", { class: "head" }, h("div", { class: "head-words" }, h("h2", {}, "Thread"), this.where), close), this.middle, this.composer.node);
    node.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  close() {
    const ts = place.thread;
    go({ channel: channelHere().id });
    document.querySelector(`#conversation [data-ts="${CSS.escape(ts)}"] .thread-line`)?.focus();
  }

  reset() {
    this.#key = "";
  }

  show() {
    const channel = channelHere();
    const named = channel && !atHome() ? find(channel.id, place.thread) : null;
    // A permalink may name a reply.
    const root = named ? find(channel.id, named.thread_ts ?? named.ts) : null;
    this.node.hidden = !root;
    if (!root) {
      this.#key = "";
      return;
    }
    const key = `${world.me.id} ${channel.id} ${root.ts}`;
    const opened = key !== this.#key;
    if (opened) this.#open(key);
    const replies = repliesTo(channel.id, root.ts).filter((each) => !each.deleted);
    this.where.textContent = `${channel.im ? "" : "#"}${titleOf(channel)}`;
    this.timeline.show([root, ...replies], { replies: replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}` : "" });
    this.composer.stand({ key, channel: channel.id, thread: root.ts, label: "Reply…", closed: channel.archived ? "This channel is archived: nobody can write in it." : "" });
    // On a phone the box would bring up the keyboard, which hides what was opened to be read.
    if (opened) (window.matchMedia("(pointer: coarse)").matches ? this.timeline.scroller : this.composer.input).focus({ preventScroll: true });
  }

  #open(key) {
    this.#key = key;
    this.timeline = new Timeline({ label: "Messages in this thread", thread: true });
    this.middle.replaceChildren(this.timeline.node);
  }
}
