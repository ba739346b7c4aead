// Offers how to go on while somebody types: the app's command after "/", people after "@", channels after "#".

import { nameOf } from "./mentions.js";
import { world } from "./state.js";

const MOST = 8;

/** What could stand at the caret: {from, options: [{insert, name, detail}], title}; null where nothing is offered. */
export function hints(text, caret) {
  const typed = text.slice(0, caret);
  if (/^\/\S*$/.test(typed)) return offered("Commands", 0, commands(), typed);
  const at = /(?:^|\s)([@#][\w.-]*)$/.exec(typed);
  if (!at) return null;
  return offered(at[1][0] === "@" ? "People" : "Channels", caret - at[1].length, at[1][0] === "@" ? people() : channels(), at[1]);
}

function offered(title, from, all, typed) {
  const wanted = typed.toLowerCase();
  const options = all.filter((each) => each.insert.toLowerCase().startsWith(wanted)).slice(0, MOST);
  return options.length && !(options.length === 1 && options[0].insert === typed && title !== "Commands") ? { title, from, options } : null;
}

function commands() {
  const { command, usage_hint: hint, name } = world.app;
  return command ? [{ insert: command, name: `${command} ${hint ?? ""}`.trim(), detail: name ?? "" }] : [];
}

function people() {
  const users = [...world.users.values()].filter((each) => !each.deleted).map((each) => ({ insert: `@${each.name}`, name: `@${each.name}`, detail: [nameOf(each.id), each.title].filter(Boolean).join(" · ") }));
  const groups = [...world.groups.values()].map((each) => ({ insert: `@${each.handle}`, name: `@${each.handle}`, detail: each.name ?? "group" }));
  return [...users, ...groups];
}

function channels() {
  return [...world.channels.values()].filter((each) => !each.im).map((each) => ({ insert: `#${each.name}`, name: `#${each.name}`, detail: each.topic ?? "" }));
}
