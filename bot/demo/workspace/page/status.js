// The line above everything, while something is not up: the workspace, or the bot.

import { world } from "./state.js";

/** Show what is not up; nothing where all is well. */
export function showStatus(node, problem = "") {
  const text = problem || (!world.online ? (world.ready ? "Connecting again…" : "Connecting…") : world.connected ? "" : `${world.app.name ?? "The bot"} is not connected: it will see what is written here once it is.`);
  node.textContent = text;
  node.hidden = text === "";
  node.classList.toggle("bad", !world.online);
}
