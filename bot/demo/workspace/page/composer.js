// The box in which people write: Enter sends, Shift with Enter begins a line, "/" names a command.

import { act, Refused } from "./api.js";
import { fresh, h, iconButton } from "./dom.js";
import { hints } from "./hints.js";
import { icon } from "./icons.js";
import { warn } from "./state.js";

const TALLEST = 240;
const drafts = new Map();

/** A box to write in. given: {sent: called after something was sent}. Tell it where it stands with `stand`. */
export class Composer {
  constructor(given = {}) {
    this.given = given;
    const id = fresh("hints");
    this.options = [];
    this.at = 0;
    this.input = h("textarea", {
      class: "composer-input", rows: 1, role: "combobox", "aria-controls": id, "aria-expanded": "false", "aria-autocomplete": "list", autocomplete: "off",
      on: { input: () => this.typed(), keydown: (event) => this.key(event), blur: () => this.hide(), click: () => this.offer() },
    });
    this.sender = iconButton(icon("send"), "Send", () => this.send(), { class: "icon-button send", disabled: true });
    this.popup = h("div", { class: "hints", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.closed = h("div", { class: "composer-closed", hidden: true });
    this.frame = h("div", { class: "composer-frame" }, this.input, this.sender);
    this.node = h("div", { class: "composer" }, this.popup, this.frame, this.closed);
    window.addEventListener("resize", () => this.fit());
  }

  /** Where it stands now: {key, label, closed: why nothing can be written, channel, thread}. */
  stand(where) {
    if (this.where?.key !== where.key) {
      if (this.where) drafts.set(this.where.key, this.input.value);
      this.input.value = drafts.get(where.key) ?? "";
    }
    this.where = where;
    this.input.setAttribute("placeholder", where.label);
    this.input.setAttribute("aria-label", where.label);
    this.frame.hidden = Boolean(where.closed);
    this.closed.hidden = !where.closed;
    this.closed.textContent = where.closed ?? "";
    this.fit();
  }

  typed() {
    this.fit();
    this.offer();
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = this.input.value === "" ? "" : `${Math.min(this.input.scrollHeight, TALLEST)}px`;
    this.sender.disabled = this.input.value.trim() === "";
  }

  offer() {
    const found = hints(this.input.value, this.input.selectionStart);
    if (!found) return this.hide();
    this.from = found.from;
    this.at = 0;
    this.options = found.options;
    const rows = found.options.map((each, place) => h("div", { class: "hint-row", role: "option", id: fresh("hint"), on: { pointerdown: (event) => { event.preventDefault(); this.take(place); } } },
      h("span", { class: "hint-name" }, each.name), h("span", { class: "hint-detail" }, each.detail)));
    this.popup.replaceChildren(h("div", { class: "hint-title" }, found.title), ...rows);
    this.popup.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    return this.mark();
  }

  hide() {
    this.popup.hidden = true;
    this.options = [];
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark() {
    const rows = [...this.popup.querySelectorAll("[role=option]")];
    rows.forEach((each, place) => each.setAttribute("aria-selected", String(place === this.at)));
    this.input.setAttribute("aria-activedescendant", rows[this.at].id);
    rows[this.at].scrollIntoView({ block: "nearest" });
  }

  take(place) {
    const { insert } = this.options[place];
    const rest = this.input.value.slice(this.input.selectionStart);
    const before = `${this.input.value.slice(0, this.from)}${insert} `;
    this.input.value = before + rest.replace(/^ /, "");
    this.input.setSelectionRange(before.length, before.length);
    this.input.focus();
    this.hide();
    this.fit();
  }

  key(event) {
    if (event.isComposing) return;
    if (this.options.length && this.popupKey(event)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    // On a phone Enter begins a line, as its keyboard says; the button sends.
    if (event.key === "Enter" && !event.shiftKey && !window.matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      this.send();
    }
  }

  /** Whether the suggestions took a key. */
  popupKey({ key, shiftKey }) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    const whole = this.options[this.at].insert === this.input.value.slice(this.from).trimEnd();
    if (step) {
      this.at = (this.at + step + this.options.length) % this.options.length;
      this.mark();
    } else if (key === "Escape") {
      this.hide();
    } else if ((key === "Tab" && !shiftKey) || (key === "Enter" && !shiftKey && !whole)) {
      this.take(this.at);
    } else {
      return false;
    }
    return true;
  }

  async send() {
    const text = this.input.value.trim();
    const { channel, thread } = this.where;
    if (text === "" || this.where.closed) return;
    this.input.value = "";
    drafts.delete(this.where.key);
    this.hide();
    this.fit();
    this.given.sent?.();
    try {
      await act({ do: "send", channel, text, ...(thread ? { thread_ts: thread } : {}) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (this.input.value === "") this.input.value = text;
      this.fit();
      warn(error.message);
    }
  }
}
