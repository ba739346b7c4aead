// Opens a list to choose from, with a search above it: arrows move, Enter chooses, Escape leaves. One of it is chosen at
// once; several are kept until the list closes.

import { Refused } from "./api.js";
import { fresh, h } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";

const PAUSE = 200;

/** Open it beside an anchor. given: {label, offered, chosen, same, many, most, done, clearable}. */
export function openList(anchor, given) {
  const list = new List(given);
  const before = [...list.chosen];
  const shown = openPopover(anchor, list.node, {
    label: given.label,
    closed: () => {
      list.gone = true;
      const changed = before.length !== list.chosen.length || before.some((each) => !list.chosen.some((other) => given.same(each, other)));
      if (given.many && changed) given.done(list.chosen);
    },
  });
  list.picked = (values) => { shown.close(); given.done(values); };
  list.moved = () => shown.place();
  list.search.focus();
  list.look();
}

class List {
  constructor(given) {
    Object.assign(this, { given, chosen: [...given.chosen], rows: [], at: -1, asked: 0, waiting: 0, gone: false });
    const id = fresh("list");
    this.box = h("div", { class: "options", role: "listbox", id, "aria-label": given.label, "aria-multiselectable": given.many });
    this.said = h("div", { class: "list-said", role: "status" });
    this.search = h("input", {
      type: "text", class: "text-field list-search", role: "combobox", placeholder: "Search", autocomplete: "off", spellcheck: "false",
      "aria-label": `Search: ${given.label}`, "aria-controls": id, "aria-expanded": "true", "aria-autocomplete": "list",
      on: { input: () => this.typed(), keydown: (event) => this.key(event) },
    });
    this.node = h("div", { class: "list" }, this.search, this.box, this.said);
  }

  typed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.look(), this.given.offered.outside ? PAUSE : 0);
  }

  /** Ask for what the words in the search mean; an answer that was overtaken is dropped. */
  async look() {
    const words = this.search.value;
    const { offered } = this.given;
    this.asked += 1;
    const asked = this.asked;
    if (words.length < offered.least) {
      this.show([]);
      this.say(`Type ${offered.least === 1 ? "a letter" : `${offered.least} letters`} or more to search`);
      return;
    }
    if (offered.outside) this.say("Searching…");
    let groups = [];
    let problem = "";
    try {
      groups = await offered.search(words);
    } catch (error) {
      problem = error instanceof Refused ? error.message : "The options could not be loaded.";
    }
    if (asked !== this.asked || this.gone) return;
    this.show(groups);
    this.say(problem || (this.rows.length ? "" : "No results"));
  }

  say(text) {
    this.said.textContent = text;
    this.said.hidden = text === "";
    this.moved?.();
  }

  show(groups) {
    this.rows = [];
    const shown = groups.map(({ label, options }) => h("div", { role: "group", "aria-label": label || null },
      label ? h("div", { class: "group-label", "aria-hidden": "true" }, label) : null, options.map((each) => this.row(each))));
    const clear = this.given.clearable && this.chosen.length ? [h("div", {}, this.row({ value: null, name: "Clear the selection", detail: "" }))] : [];
    this.box.replaceChildren(...shown, ...clear);
    this.go(this.rows.findIndex(({ value }) => this.has(value)));
    if (this.at < 0) this.go(0);
    this.moved?.();
  }

  row(option) {
    const place = this.rows.length;
    const node = h("div", { class: "option", role: "option", id: fresh("option"), "aria-selected": this.has(option.value), on: { click: () => this.pick(place), pointermove: () => this.go(place, false) } },
      h("span", { class: "option-check" }, icon("check")),
      h("span", { class: "option-words" }, h("span", {}, option.name), option.detail ? h("span", { class: "option-detail" }, option.detail) : null));
    this.rows.push({ node, value: option.value });
    return node;
  }

  has(value) {
    return value !== null && this.chosen.some((each) => this.given.same(each, value));
  }

  go(place, scroll = true) {
    this.rows[this.at]?.node.classList.remove("active");
    this.at = this.rows[place] ? place : -1;
    const row = this.rows[this.at];
    row?.node.classList.add("active");
    if (row && scroll) row.node.scrollIntoView({ block: "nearest" });
    this.search.setAttribute("aria-activedescendant", row?.node.id ?? "");
  }

  key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && this.rows.length) {
      event.preventDefault();
      this.go((this.at + steps[event.key] + this.rows.length) % this.rows.length);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      event.stopPropagation();
      if (this.at >= 0) this.pick(this.at);
    }
  }

  pick(place) {
    const { value } = this.rows[place];
    if (!this.given.many) {
      this.picked(value === null ? [] : [value]);
    } else if (this.has(value)) {
      this.chosen = this.chosen.filter((each) => !this.given.same(each, value));
    } else if (this.chosen.length < (this.given.most ?? Infinity)) {
      this.chosen.push(value);
    } else {
      this.say(`No more than ${this.given.most} can be selected`);
    }
    this.rows.forEach(({ node, value: each }) => node.setAttribute("aria-selected", String(this.has(each))));
  }
}
