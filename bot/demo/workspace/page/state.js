// Holds what the workspace said and nothing else: the state and events of the server in, one picture of it out.
// Whoever draws listens to `changes`; nobody draws from events directly.

export const changes = new EventTarget();
export const world = {
  ready: false, connected: false, online: false,
  team: {}, app: {}, me: null,
  users: new Map(), groups: new Map(), channels: new Map(), messages: new Map(),
  home: null, modals: [],
};

const tell = (what, detail = {}) => changes.dispatchEvent(new CustomEvent(what, { detail }));
const keyed = (list) => new Map((list ?? []).map((each) => [each.id, each]));

/** Take over a whole state: that of another user, or what was missed while away. */
export function load(state) {
  Object.assign(world, {
    ready: true, connected: Boolean(state.connected),
    team: state.team ?? {}, app: state.app ?? {}, me: state.me,
    users: keyed(state.users), groups: keyed(state.groups), channels: keyed(state.channels),
    home: state.home ?? null, modals: state.modals ?? [],
    messages: new Map(Object.entries(state.messages ?? {}).map(([channel, list]) => [channel, new Map(list.map((each) => [each.ts, each]))])),
  });
  tell("everything");
}

/** Take in one event. */
export function apply(event) {
  const taken = EVENTS[event.type];
  if (taken) taken(event);
}

/** Whether the line to the workspace itself is up. */
export function online(is) {
  if (world.online === is) return;
  world.online = is;
  tell("line");
}

/** Say something to the reader alone, as Slack does in grey. */
export function warn(text) {
  tell("warning", { text });
}

/** A channel's messages, oldest first. */
export function messagesOf(channel) {
  return [...(world.messages.get(channel)?.values() ?? [])].sort((one, other) => (one.ts < other.ts ? -1 : 1));
}

/** A thread's replies, oldest first. */
export function repliesTo(channel, ts) {
  return messagesOf(channel).filter((each) => each.thread_ts === ts && each.ts !== ts);
}

export const find = (channel, ts) => world.messages.get(channel)?.get(ts);
export const userNamed = (id) => world.users.get(id) ?? null;
export const isMine = (message) => message.user === world.me?.id;

const EVENTS = {
  message: ({ message }) => put(message, "message"),
  ephemeral: ({ message }) => put({ ...message, ephemeral: true }, "message"),
  changed: ({ message }) => put({ ...message, ...(find(message.channel, message.ts)?.ephemeral ? { ephemeral: true } : {}) }, "messages"),
  deleted: ({ channel, ts }) => remove(channel, ts),
  modal: ({ modals }) => { world.modals = modals; tell("modals"); },
  home: ({ view }) => { world.home = view; tell("home"); },
  connected: ({ connected }) => { world.connected = connected; tell("line"); },
  channel: ({ channel }) => { world.channels.set(channel.id, channel); tell("channels"); },
  warning: ({ text }) => warn(text),
};

function put(message, what) {
  if (!world.messages.has(message.channel)) world.messages.set(message.channel, new Map());
  const known = world.messages.get(message.channel).has(message.ts);
  world.messages.get(message.channel).set(message.ts, message);
  tell(what === "message" && !known ? "message" : "messages", { channel: message.channel, message });
}

function remove(channel, ts) {
  const message = find(channel, ts);
  if (!message) return;
  // What has replies stays as a stone, so that they keep their place.
  if (repliesTo(channel, ts).length > 0) world.messages.get(channel).set(ts, { ...message, deleted: true });
  else world.messages.get(channel).delete(ts);
  tell("messages", { channel });
}
