// Puts the page together: reads the address, becomes a user, and has each part draw what it shows when it changes.

import { become, state } from "./api.js";
import { Conversation } from "./conversation.js";
import { followModals } from "./modal.js";
import { nameOf, titleOf } from "./mentions.js";
import { go, moves, place, read } from "./place.js";
import { inChannel } from "./reading.js";
import { Sidebar } from "./sidebar.js";
import { changes, isMine, world } from "./state.js";
import { showStatus } from "./status.js";
import { wear } from "./theme.js";
import { Thread } from "./thread.js";

const TOLD = 200;
const part = (id) => document.getElementById(id);

wear();
const sidebar = new Sidebar(part("sidebar"), { chosen: () => drawer(false) });
const conversation = new Conversation(part("conversation"), { menu: () => drawer(true) });
const thread = new Thread(part("thread"));
let asked = false;
let user = "";

function draw() {
  if (!world.me) return;
  conversation.show();
  thread.show();
  conversation.read();
  sidebar.show();
  showStatus(part("status"));
}

/** Draw once for all that came at once. */
function soon() {
  if (asked) return;
  asked = true;
  queueMicrotask(() => {
    asked = false;
    draw();
  });
}

/** The channels as a drawer, where there is no room beside the conversation. */
function drawer(open) {
  part("app").classList.toggle("drawer", open);
  part("scrim").hidden = !open;
  if (open) part("sidebar").querySelector("[aria-current]")?.focus();
}

function announce({ detail: { channel, message } }) {
  if (isMine(message) || (!message.text && !message.blocks)) return;
  const where = inChannel(message) ? titleOf(world.channels.get(channel)) : "a thread";
  part("live").textContent = `${nameOf(message.user)} in ${where}: ${(message.text ?? "").slice(0, TOLD)}`;
}

function follow() {
  for (const what of ["everything", "message", "messages", "channels", "home", "line"]) changes.addEventListener(what, soon);
  changes.addEventListener("message", announce);
  changes.addEventListener("line", () => showStatus(part("status")));
  changes.addEventListener("warning", ({ detail }) => conversation.warn(detail.text));
  followModals();
  moves.addEventListener("moved", () => { switched(); soon(); });
  document.addEventListener("visibilitychange", soon);
  part("conversation").addEventListener("scroll", () => { if (conversation.read()) sidebar.show(); }, { capture: true, passive: true });
  part("scrim").addEventListener("click", () => drawer(false));
  part("sidebar").addEventListener("keydown", ({ key }) => { if (key === "Escape") drawer(false); });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowDown", "ArrowUp"].includes(event.key) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    sidebar.step(event.key === "ArrowDown" ? 1 : -1);
  });
}

/** Become whom the address names. */
function switched() {
  if (place.user === user || !place.user) return;
  user = place.user;
  conversation.reset();
  thread.reset();
  become(user);
}

async function start() {
  follow();
  read();
  try {
    const first = await state(place.user);
    go({ user: first.me.id, channel: place.channel, thread: place.thread });
  } catch (error) {
    showStatus(part("status"), error.message === "locked"
      ? "This address is not valid any more: open the one that the demo printed when it was started."
      : "The workspace does not answer. Is the demo still running?");
    if (error.message !== "locked") setTimeout(() => location.reload(), 3_000);
  }
}

showStatus(part("status"));
start();
