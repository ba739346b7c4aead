// Speaks with the workspace: questions over HTTP, news over a WebSocket that comes back by itself.

import { apply, load, online } from "./state.js";

const LATEST_RETRY = 5_000;
const GONE = "That is not there any more.";
const WORDS = { channel_not_found: "You cannot see that channel.", message_not_found: GONE, not_found: GONE, thread_not_found: GONE };
let socket = null;
let user = "";
let round = 0;

/** What the workspace refused, in its words. */
export class Refused extends Error {}

/** Become this user: their state, then their events. Whatever comes of the user before is left unread. */
export function become(id) {
  user = id;
  round += 1;
  socket?.close();
  connect(round, 500);
}

/** Do something as the present user; the answer, or Refused. */
export async function act(body) {
  let answer;
  try {
    answer = await fetch("/page/act", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user, ...body }),
    });
  } catch {
    throw new Refused("The workspace does not answer. Is the demo still running?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(WORDS[said.error] ?? said.error ?? `The workspace answered ${answer.status}.`);
  return said;
}

/** The state as it is for a user; for nobody yet named, the workspace chooses. */
export async function state(id) {
  const answer = await fetch(`/page/state?user=${encodeURIComponent(id)}`);
  if (!answer.ok) throw new Refused(answer.status === 403 || answer.status === 401 ? "locked" : `The workspace answered ${answer.status}.`);
  return answer.json();
}

/** The text of a file that was shared, no more than so many characters of it. */
export async function textOf(path, most) {
  const answer = await fetch(path);
  if (!answer.ok) throw new Refused(`The file could not be read (${answer.status}).`);
  const text = await answer.text();
  return { text: text.slice(0, most), cut: text.length > most };
}

function connect(mine, wait) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}/page/events?user=${encodeURIComponent(user)}`);
  const early = [];
  let loaded = false;
  let next = wait;
  socket = opened;
  const current = () => mine === round && opened === socket;
  opened.addEventListener("open", async () => {
    try {
      const found = await state(user);
      if (!current()) return;
      load(found);
      loaded = true;
      next = 500;
      online(true);
      early.splice(0).forEach(apply);
    } catch {
      opened.close();
    }
  });
  // Events may overtake the state: they wait for it. Each is whole, so that hearing one again changes nothing.
  opened.addEventListener("message", ({ data }) => {
    if (!current()) return;
    const event = JSON.parse(data);
    if (loaded) apply(event);
    else early.push(event);
  });
  opened.addEventListener("close", () => {
    if (!current()) return;
    online(false);
    setTimeout(() => current() && connect(mine, Math.min(next * 2, LATEST_RETRY)), next);
  });
}
