// Shows files that were shared: name, size, and their text on demand, as text; a picture as it is.

import { textOf } from "./api.js";
import { openDialog } from "./dialog.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const MOST = 200_000;
const PICTURE = "image/png";
const UNITS = ["bytes", "kB", "MB", "GB"];

/** The card of a file. */
export function file(shared) {
  const name = shared.title || shared.name || "file";
  if (shared.mimetype === PICTURE && ours(shared.url)) return picture(shared, name);
  const view = h("button", { type: "button", class: "button button-default", "aria-label": `View ${name}`, on: { click: () => show(shared, name) } }, "View");
  return h("div", { class: "file" }, h("span", { class: "file-icon" }, icon("file")),
    h("div", { class: "file-words" }, h("div", { class: "file-name" }, name), h("div", { class: "file-size" }, [shared.name !== name ? shared.name : null, size(shared.size)].filter(Boolean).join(" · "))),
    ours(shared.url) ? view : null);
}

function picture(shared, name) {
  const image = h("img", { alt: shared.alt_txt || name });
  // The one picture that is loaded: a path of this server, which serves it as a picture and as nothing else.
  image.src = shared.url;
  return h("figure", { class: "file-picture" }, h("figcaption", {}, name), image);
}

/** Text in a dialog: a file's, or a message's JSON. */
export function showText(title, text) {
  const body = h("pre", { class: "file-text", tabIndex: 0 }, text);
  const shown = openDialog({ title, body, left: () => shown.close(), kind: "wide" });
  return body;
}

async function show(shared, name) {
  const body = showText(name, "Reading…");
  try {
    const { text, cut } = await textOf(shared.url, MOST);
    body.textContent = cut ? `${text}\n… (longer than this page shows)` : text;
  } catch (error) {
    body.textContent = error.message;
  }
}

/** Only a path on this server: nothing is asked of others. */
function ours(url) {
  return typeof url === "string" && /^\/[^/\\]/.test(url) && new URL(url, location.href).origin === location.origin;
}

function size(bytes) {
  if (!Number.isFinite(bytes)) return "";
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return power === 0 ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}` : `${(bytes / 1000 ** power).toFixed(1)} ${UNITS[power]}`;
}
