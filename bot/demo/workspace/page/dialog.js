// Opens dialogs on the browser's own: what is behind cannot be reached, Escape leaves, focus goes back afterwards.

import { fresh, h, iconButton } from "./dom.js";
import { icon } from "./icons.js";

/**
 * A dialog that stands; given: {title, body, foot, left, kind}. `left` is called when somebody wants out (Escape or the
 * cross), and whoever opened it closes it.
 */
export function openDialog({ title, body, foot = [], left, kind = "" }) {
  const id = fresh("title");
  const node = h("dialog", { class: `dialog ${kind}`, "aria-labelledby": id },
    h("header", { class: "dialog-head" }, h("h2", { id }, title), iconButton(icon("close"), "Close", () => left())),
    h("div", { class: "dialog-body" }, body),
    foot.length ? h("footer", { class: "dialog-foot" }, foot) : null);
  node.addEventListener("cancel", (event) => {
    event.preventDefault();
    left();
  });
  // A second Escape in a row closes whatever a page says to it; then that is what was wanted.
  node.addEventListener("close", () => { if (node.isConnected) left(); });
  document.body.append(node);
  node.showModal();
  return { node, close: () => { node.remove(); } };
}
