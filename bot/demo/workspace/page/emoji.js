// Turns :names: into characters. The common ones only: others stay as they are written, as in a workspace without them.

import { h } from "./dom.js";

const NAMED = {
  "+1": "👍", "-1": "👎", thumbsup: "👍", thumbsdown: "👎", ok_hand: "👌", wave: "👋", clap: "👏", pray: "🙏", raised_hands: "🙌",
  muscle: "💪", eyes: "👀", point_right: "👉", point_left: "👈", point_up: "☝️", point_down: "👇", smile: "😄", smiley: "😃",
  grin: "😁", joy: "😂", slightly_smiling_face: "🙂", wink: "😉", thinking_face: "🤔", cry: "😢", sob: "😭", scream: "😱",
  sweat_smile: "😅", heart: "❤️", broken_heart: "💔", tada: "🎉", rocket: "🚀", fire: "🔥", sparkles: "✨", star: "⭐", zap: "⚡",
  boom: "💥", bulb: "💡", bell: "🔔", no_bell: "🔕", mag: "🔍", lock: "🔒", unlock: "🔓", key: "🔑", link: "🔗", wrench: "🔧",
  hammer: "🔨", gear: "⚙️", package: "📦", pushpin: "📌", memo: "📝", clipboard: "📋", calendar: "📅", books: "📚", book: "📖",
  chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", bar_chart: "📊", hourglass: "⌛",
  hourglass_flowing_sand: "⏳", stopwatch: "⏱️", alarm_clock: "⏰", clock1: "🕐", white_check_mark: "✅", heavy_check_mark: "✔️",
  ballot_box_with_check: "☑️", x: "❌", negative_squared_cross_mark: "❎", warning: "⚠️", rotating_light: "🚨", no_entry: "⛔",
  no_entry_sign: "🚫", octagonal_sign: "🛑", construction: "🚧", red_circle: "🔴", large_blue_circle: "🔵",
  large_orange_circle: "🟠", large_yellow_circle: "🟡", large_green_circle: "🟢", white_circle: "⚪", black_circle: "⚫",
  arrow_up: "⬆️", arrow_down: "⬇️", arrow_right: "➡️", arrow_left: "⬅️", arrows_counterclockwise: "🔄", repeat: "🔁",
  question: "❓", exclamation: "❗", information_source: "ℹ️", speech_balloon: "💬", robot_face: "🤖", ghost: "👻", skull: "💀",
  snail: "🐌", whale: "🐳", bug: "🐛", cloud: "☁️", sunny: "☀️", snowflake: "❄️", earth_africa: "🌍", coffee: "☕", "100": "💯",
};
export const EMOJI = /:([a-z0-9_+'-]{1,100}):(?::skin-tone-[2-6]:)?/;

/** One emoji by its name; the name as text where it is none of these. */
export function emoji(name) {
  const found = Object.hasOwn(NAMED, name) ? NAMED[name] : null;
  if (found === null) return `:${name}:`;
  return h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, found);
}

/** Text as it stands, but for its emoji. */
export function withEmoji(text) {
  const found = [];
  let rest = String(text);
  for (let hit = EMOJI.exec(rest); hit; hit = EMOJI.exec(rest)) {
    found.push(rest.slice(0, hit.index), emoji(hit[1]));
    rest = rest.slice(hit.index + hit[0].length);
  }
  return [...found, rest];
}
