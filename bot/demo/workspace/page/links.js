// Decides what may be a link. Only these three schemes ever become one: everything else stays the text that it is.

import { h } from "./dom.js";

const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/** The address as the browser would open it, or null where it must not. */
export function allowed(text) {
  try {
    const url = new URL(String(text));
    return ALLOWED.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that tells its target nothing of us; plain text where the address is not allowed. */
export function link(url, children, given = {}) {
  const href = allowed(url);
  if (href === null) return h("span", { class: "no-link", title: `Not opened from here: ${url}` }, children);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", title: href, ...given }, children);
}

/** Open what a button with an address leads to, if it may be opened. */
export function open(url) {
  const href = allowed(url);
  if (href !== null) window.open(href, "_blank", "noopener,noreferrer");
}
