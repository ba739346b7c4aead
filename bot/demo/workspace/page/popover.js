// Opens small surfaces beside what was pressed: menus, and lists to choose from. The browser closes them (Escape, a click
// elsewhere); focus goes back to where it came from.

import { h } from "./dom.js";

const MARGIN = 8;
const NARROW = 720;

/** Show content beside an anchor; answers what closes it. `closed` is called once, however it ends. */
export function openPopover(anchor, content, { label, closed = () => {} } = {}) {
  const again = () => place(surface, anchor);
  const surface = h("div", { class: "popover", popover: "auto", "aria-label": label }, content);
  // Inside the dialog that is open: what is outside of it cannot be reached.
  (anchor.closest("dialog") ?? document.body).append(surface);
  surface.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    surface.remove();
    window.removeEventListener("resize", again);
    anchor.setAttribute("aria-expanded", "false");
    if (document.activeElement === document.body || document.activeElement === null) anchor.focus();
    closed();
  });
  surface.showPopover();
  anchor.setAttribute("aria-expanded", "true");
  window.addEventListener("resize", again);
  again();
  return { close: () => { surface.hidePopover(); anchor.focus(); }, place: again };
}

/** A menu of {content, pick, checked?}. */
export function openMenu(anchor, entries, label = "Menu") {
  const items = entries.map((entry) => h("button", {
    type: "button", class: "menu-item", tabIndex: -1,
    role: entry.checked === undefined ? "menuitem" : "menuitemradio", "aria-checked": entry.checked,
    on: { click: () => { shown.close(); entry.pick(); } },
  }, entry.content));
  const shown = openPopover(anchor, h("div", { class: "menu", role: "menu", "aria-label": label, on: { keydown: (event) => walk(event, items) } }, items), {});
  (items.find((each) => each.getAttribute("aria-checked") === "true") ?? items[0])?.focus();
  return shown;
}

/** Arrow keys among a menu's items. */
function walk(event, items) {
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length].focus();
}

function place(surface, anchor) {
  // On a phone the style sheet puts it at the bottom.
  for (const name of ["top", "left", "minWidth"]) surface.style[name] = "";
  if (window.innerWidth <= NARROW) return;
  const near = anchor.getBoundingClientRect();
  surface.style.minWidth = `${Math.min(near.width, 420)}px`;
  const size = surface.getBoundingClientRect();
  const below = window.innerHeight - near.bottom - MARGIN;
  const top = size.height <= below || below > near.top ? near.bottom + 4 : near.top - 4 - size.height;
  surface.style.top = `${Math.max(MARGIN, Math.min(top, window.innerHeight - size.height - MARGIN))}px`;
  surface.style.left = `${Math.max(MARGIN, Math.min(near.left, window.innerWidth - size.width - MARGIN))}px`;
}
