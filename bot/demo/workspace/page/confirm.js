// Asks whether somebody is sure, in the words that the app gave: a confirm object in, yes or no out.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object

import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { plain, text } from "./texts.js";

/** True where it was confirmed. */
export function confirmed(asked) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const end = (answer) => {
      shown.close();
      before?.focus();
      resolve(answer);
    };
    const style = asked.style === "danger" ? "danger" : "primary";
    const sure = h("button", { type: "button", class: `button button-${style}`, on: { click: () => end(true) } }, asked.confirm ? plain(asked.confirm) : "Yes");
    const not = h("button", { type: "button", class: "button button-default", on: { click: () => end(false) } }, asked.deny ? plain(asked.deny) : "Cancel");
    const shown = openDialog({ title: asked.title ? plain(asked.title) : "Are you sure?", body: h("p", { class: "confirm-text" }, text(asked.text)), foot: [not, sure], left: () => end(false), kind: "confirm" });
    not.focus();
  });
}
