// The middle of the page: the channel that is looked at, its messages and the box to write in; for the app also its home.

import { Composer } from "./composer.js";
import { h, iconButton } from "./dom.js";
import { Home } from "./home.js";
import { icon } from "./icons.js";
import { titleOf } from "./mentions.js";
import { atHome, channelHere, go, toHome } from "./place.js";
import { readAll, readUpTo, shownIn } from "./reading.js";
import { world } from "./state.js";
import { Timeline } from "./timeline.js";

export class Conversation {
  #lists = new Map();
  #here = "";
  #since = "";
  #home = false;

  constructor(node, { menu }) {
    this.node = node;
    this.menu = iconButton(icon("menu"), "Show channels", menu, { class: "icon-button only-narrow", "aria-controls": "sidebar" });
    this.title = h("h1", {});
    this.topic = h("div", { class: "topic" });
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "App" });
    this.middle = h("div", { class: "middle" });
    this.notice = h("div", { class: "notices", role: "status" });
    this.composer = new Composer({ sent: () => this.timeline?.toEnd() });
    this.home = new Home();
    node.replaceChildren(h("header", { class: "head" }, this.menu, h("div", { class: "head-words" }, this.title, this.topic), this.tabs), this.middle, this.notice, this.composer.node);
  }

  get timeline() {
    return this.#lists.get(this.#here);
  }

  /** Another user's messages are others. */
  reset() {
    this.#lists.clear();
    this.#here = "";
    this.notice.replaceChildren();
  }

  show() {
    const channel = channelHere();
    if (!channel) return;
    const home = atHome();
    if (channel.id !== this.#here) this.#enter(channel);
    if (home && !this.#home) this.home.opened();
    this.#home = home;
    this.#head(channel, home);
    this.#middle(channel, home);
    this.composer.node.hidden = home;
    this.composer.stand({ key: `${world.me.id} ${channel.id}`, channel: channel.id, label: `Message ${channel.im ? "" : "#"}${titleOf(channel)}`, closed: channel.archived ? "This channel is archived: nobody can write in it." : "" });
  }

  /** Say something to the reader alone. */
  warn(text) {
    const line = h("div", { class: "notice" }, h("span", {}, text), iconButton(icon("close"), "Dismiss", () => line.remove()));
    this.notice.append(line);
    while (this.notice.children.length > 3) this.notice.firstChild.remove();
  }

  /** What is on the screen counts as read. */
  read() {
    const channel = channelHere();
    return Boolean(channel) && !atHome() && document.visibilityState === "visible" && this.timeline?.atEnd !== false && readAll(channel.id);
  }

  #enter(channel) {
    this.#here = channel.id;
    this.#since = readUpTo(channel.id);
    this.notice.replaceChildren();
    if (!this.#lists.has(channel.id)) this.#lists.set(channel.id, new Timeline({ label: `Messages in ${titleOf(channel)}`, thread: false }));
  }

  #head(channel, home) {
    document.title = `${channel.im ? "" : "#"}${titleOf(channel)} · ${world.team.name ?? "Workspace"}`;
    this.title.replaceChildren(channel.im ? "" : icon(channel.private ? "lock" : "hash"), titleOf(channel));
    this.topic.textContent = channel.topic ?? "";
    this.tabs.hidden = !channel.im;
    if (!channel.im) return this.tabs.replaceChildren();
    const focused = this.tabs.contains(document.activeElement);
    const tab = (name, sign, chosen, pick) => h("button", { type: "button", role: "tab", class: "tab", "aria-selected": chosen, on: { click: pick } }, icon(sign), name);
    this.tabs.replaceChildren(tab("Home", "home", home, () => toHome(channel.id)), tab("Messages", "reply", !home, () => go({ channel: channel.id })));
    if (focused) this.tabs.querySelector("[aria-selected=true]").focus();
    return undefined;
  }

  #middle(channel, home) {
    const wanted = home ? this.home.node : this.timeline.node;
    if (this.middle.firstChild !== wanted) {
      this.middle.replaceChildren(wanted);
      if (!home) this.timeline.toEnd();
    }
    if (home) this.home.show();
    else this.timeline.show(shownIn(channel.id), { head: beginning(channel), since: this.#since === "0" ? "" : this.#since });
  }
}

const beginnings = new Map();

/** What stands above a channel's first message. */
function beginning(channel) {
  const key = `${channel.id} ${titleOf(channel)}`;
  if (!beginnings.has(key)) {
    const words = channel.im ? `This is where you and ${titleOf(channel)} write to each other.` : `This is the very beginning of the ${channel.private ? "private " : ""}channel.`;
    beginnings.set(key, h("div", { class: "beginning" }, h("div", { class: "beginning-title" }, channel.im ? "" : icon(channel.private ? "lock" : "hash"), titleOf(channel)), h("p", {}, words)));
  }
  return beginnings.get(key);
}

