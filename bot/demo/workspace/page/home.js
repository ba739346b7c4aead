// Shows the home tab of the app.

import { act, Refused } from "./api.js";
import { blocks } from "./blocks.js";
import { h } from "./dom.js";
import { slotOfView } from "./slots.js";
import { warn, world } from "./state.js";
import { refocus } from "./timeline.js";

export class Home {
  #drawn = null;

  constructor() {
    this.inside = h("div", { class: "home-view" });
    this.node = h("div", { class: "home", tabIndex: 0, role: "region", "aria-label": "Home" }, this.inside);
  }

  /** Somebody opened the tab. */
  async opened() {
    try {
      await act({ do: "open_home" });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      warn(error.message);
    }
  }

  show() {
    const key = world.home;
    if (this.#drawn === key && key) return;
    this.#drawn = key;
    const view = world.home
      ? h("div", { class: "home-view blocks" }, blocks(world.home.blocks, slotOfView({ ...world.home, id: world.home.id ?? "home" })))
      : h("div", { class: "home-view empty" }, "The app has not drawn its home yet.");
    refocus(this.inside, view);
    this.inside.replaceWith(view);
    this.inside = view;
  }
}
