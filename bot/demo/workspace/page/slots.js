// Ties what is drawn to where it stands: a message or view in; its values, and the way to tell the app, out.

import { act, Refused } from "./api.js";
import { warn, world } from "./state.js";
import { valuesOf } from "./values.js";

/** The slot of a message's blocks. */
export function slotOfMessage(message) {
  const container = { type: message.ephemeral ? "ephemeral" : "message", channel: message.channel, ts: message.ts };
  const values = valuesOf(`${world.me.id} message ${message.channel} ${message.ts}`);
  return { values, channel: message.channel, where: () => ({ container }), used: (action) => used(container, values, action) };
}

/** The slot of a view's blocks: a modal's or the home tab's. */
export function slotOfView(view) {
  const container = { type: "view", view_id: view.id };
  const values = valuesOf(`${world.me.id} view ${view.id}`);
  return { values, view: true, where: () => ({ view_id: view.id }), used: (action) => used(container, values, action) };
}

async function used(container, values, action) {
  try {
    await act({ do: "action", container, action, state: { values: values.all() } });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    warn(error.message);
  }
}
