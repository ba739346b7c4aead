// Draws a text object: plain_text as it stands, mrkdwn as what it means.

import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** The nodes of a text object. Slack shows emoji in plain text unless it is told not to. */
export function text(object) {
  if (object?.type === "mrkdwn") return mrkdwn(object.text, { autolink: object.verbatim !== true });
  return plain(object);
}

/** A text object that may only be plain, whatever its type says. */
export function plain(object) {
  const words = String(object?.text ?? "");
  return object?.emoji === false ? [words] : withEmoji(words);
}

/** Its characters alone, for names that are read out. */
export function spoken(object, otherwise = "") {
  return String(object?.text ?? otherwise);
}
