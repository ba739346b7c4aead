// Says what a select offers: words typed in, groups of options out. Lists of ours are searched here, those of the app by
// asking it.

import { act } from "./api.js";
import { nameOf, titleOf } from "./mentions.js";
import { world } from "./state.js";
import { spoken } from "./texts.js";

const SHORTEST = 3;

/**
 * Where a select's options come from: {search(words) -> [{label, options: [{value, name, detail}]}], name(value), least, outside}.
 * `value` is what the app gets when it is chosen.
 */
export function offers(source, spec, slot) {
  return SOURCES[source](spec, slot);
}

const SOURCES = {
  static: (spec) => fixed(groupsOf(spec)),
  external: (spec, slot) => ({
    least: spec.min_query_length ?? SHORTEST,
    outside: true,
    name: optionName,
    search: async (words) => groupsOf(await act({ do: "suggest", ...slot.where(), block_id: slot.block, action_id: slot.action, value: words })),
  }),
  users: () => named(() => [{ label: "", options: people() }], (id) => nameOf(id)),
  channels: () => named(() => [{ label: "", options: rooms((each) => !each.im && !each.private) }], channelName),
  conversations: (spec) => named(() => conversations(spec.filter ?? {}), channelName),
};

function optionName(option) {
  return spoken(option?.text);
}

function groupsOf(given) {
  const group = (label, options) => ({ label, options: (options ?? []).map((option) => ({ value: option, name: optionName(option), detail: spoken(option.description) })) });
  if (given.option_groups) return given.option_groups.map((each) => group(spoken(each.label), each.options));
  return [group("", given.options)];
}

function fixed(groups) {
  return { least: 0, name: optionName, search: async (words) => matching(groups, words) };
}

function named(groups, name) {
  return { least: 0, name, search: async (words) => matching(groups(), words) };
}

function matching(groups, words) {
  const wanted = words.trim().toLowerCase();
  return groups
    .map(({ label, options }) => ({ label, options: options.filter((each) => `${each.name} ${each.detail}`.toLowerCase().includes(wanted)) }))
    .filter(({ options }) => options.length > 0);
}

function people(bots = true) {
  return [...world.users.values()].filter((each) => !each.deleted && (bots || !each.is_bot)).map((each) => ({ value: each.id, name: nameOf(each.id), detail: each.title ?? "" }));
}

function rooms(wanted) {
  return [...world.channels.values()].filter((each) => !each.archived && wanted(each)).map((each) => ({ value: each.id, name: channelName(each.id), detail: each.private ? "private" : "" }));
}

function channelName(id) {
  const channel = world.channels.get(id);
  if (!channel) return nameOf(id);
  return channel.im ? titleOf(channel) : `#${channel.name}`;
}

/** https://docs.slack.dev/reference/block-kit/composition-objects/conversation-filter-object */
function conversations({ include = ["public", "private", "im"], exclude_bot_users: noBots = false }) {
  const kind = (each) => (each.im ? "im" : each.private ? "private" : "public");
  return [{ label: "", options: rooms((each) => include.includes(kind(each)) && !(noBots && each.im)) }];
}
