// The list at the side: the workspace, who one is, the channels with what is unread in them, the app.

import { h, iconButton } from "./dom.js";
import { icon } from "./icons.js";
import { titleOf } from "./mentions.js";
import { avatar } from "./people.js";
import { channelHere, go } from "./place.js";
import { openMenu } from "./popover.js";
import { unread } from "./reading.js";
import { world } from "./state.js";
import { named, turn } from "./theme.js";

// Every workspace has it; it is a user there, and no bot, but nobody sits behind it.
const SLACKBOT = "USLACKBOT";

export class Sidebar {
  constructor(node, { chosen }) {
    this.node = node;
    this.chosen = chosen;
    this.team = h("div", { class: "team-name" });
    this.state = h("div", { class: "team-state" });
    this.lists = h("div", { class: "channel-lists" });
    this.me = h("button", { type: "button", class: "me", "aria-haspopup": "menu", on: { click: () => this.#people() } });
    const theme = iconButton(icon("sun"), named(), () => { const name = turn(); theme.setAttribute("aria-label", name); theme.title = name; });
    node.replaceChildren(h("header", { class: "team" }, h("div", { class: "team-words" }, this.team, this.state), theme), this.lists, h("footer", { class: "side-foot" }, h("div", { class: "me-label" }, "You are"), this.me));
  }

  show() {
    this.team.textContent = world.team.name ?? "Workspace";
    this.state.textContent = world.connected ? `${world.app.name ?? "The app"} is connected` : `${world.app.name ?? "The app"} is not connected`;
    this.state.classList.toggle("up", world.connected);
    const all = [...world.channels.values()];
    const focus = this.lists.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
    this.lists.replaceChildren(this.#group("Channels", all.filter((each) => !each.im)), this.#group("Apps", all.filter((each) => each.im)));
    if (focus) this.lists.querySelector(`[data-channel="${CSS.escape(focus)}"]`)?.focus();
    this.#showMe();
  }

  /** Where somebody goes with Alt and an arrow. */
  step(by) {
    const all = [...world.channels.values()];
    const at = all.findIndex((each) => each.id === channelHere()?.id);
    if (all.length) go({ channel: all[(at + by + all.length) % all.length].id });
  }

  #group(title, channels) {
    return h("section", { class: "channel-group" }, h("h2", {}, title), h("ul", {}, channels.map((each) => h("li", {}, this.#channel(each)))));
  }

  #channel(channel) {
    const here = channelHere()?.id === channel.id;
    const { count, mentions } = here ? { count: 0, mentions: 0 } : unread(channel);
    const sign = channel.im ? avatar(world.app.bot_user, "small") : icon(channel.private ? "lock" : "hash");
    return h("button", {
      type: "button", class: count ? "channel unread" : "channel", "aria-current": here ? "page" : null, dataset: { channel: channel.id },
      "aria-label": `${titleOf(channel)}${channel.private ? ", private" : ""}${count ? `, ${count} unread` : ""}`,
      on: { click: () => { go({ channel: channel.id }); this.chosen(); } },
    }, sign, h("span", { class: "channel-name" }, titleOf(channel)), channel.archived ? h("span", { class: "archived" }, "archived") : null, mentions ? h("span", { class: "badge" }, String(mentions)) : null);
  }

  #showMe() {
    const { me } = world;
    if (!me) return;
    this.me.replaceChildren(avatar(me.id, "medium"), h("span", { class: "me-words" }, h("span", { class: "me-name" }, me.real_name || me.name), h("span", { class: "me-title" }, me.title ?? "")), icon("swap"));
    this.me.setAttribute("aria-label", `You are ${me.real_name || me.name}${me.title ? `, ${me.title}` : ""}. Switch user`);
  }

  #people() {
    const people = [...world.users.values()].filter((each) => !each.is_bot && !each.deleted && each.id !== SLACKBOT);
    openMenu(this.me, people.map((each) => ({
      checked: each.id === world.me.id,
      content: [avatar(each.id, "medium"), h("span", { class: "me-words" }, h("span", { class: "me-name" }, each.real_name || each.name), h("span", { class: "me-title" }, each.title ?? ""))],
      pick: () => { go({ user: each.id, channel: channelHere()?.id ?? "" }); this.chosen(); },
    })), "Switch user");
  }
}
