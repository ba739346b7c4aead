// Says when something was: in the reader's own zone, in the words that Slack has for dates in messages.

const LANGUAGE = navigator.language.startsWith("en") ? navigator.language : "en";
const DAY = 86_400_000;

const shown = (date, form) => new Intl.DateTimeFormat(LANGUAGE, form).format(date);
const startOf = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const daysAgo = (date) => Math.round((startOf(new Date()) - startOf(date)) / DAY);

/** The moment of a message: its ts is seconds with six more digits. */
export const moment = (ts) => new Date(Number.parseFloat(ts) * 1000);

export const time = (date) => shown(date, { hour: "numeric", minute: "2-digit" });
export const full = (date) => shown(date, { dateStyle: "full", timeStyle: "medium" });
export const sameDay = (one, other) => startOf(one).getTime() === startOf(other).getTime();

/** Today, Yesterday, or the day's name. */
export function day(date) {
  return pretty(date, { weekday: "long", month: "long", day: "numeric" });
}

/** "today at 14:02", for the last reply of a thread. */
export function spoken(date) {
  const name = pretty(date, { month: "short", day: "numeric" });
  return `${Math.abs(daysAgo(date)) <= 1 ? name.toLowerCase() : name} at ${time(date)}`;
}

function pretty(date, form) {
  const ago = daysAgo(date);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  if (ago === -1) return "Tomorrow";
  return shown(date, form);
}

const SHORT = { month: "short", day: "numeric", year: "numeric" };
const PLAIN = { month: "long", day: "numeric", year: "numeric" };
const LONG = { weekday: "long", ...PLAIN };
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting
const TOKENS = {
  date_num: (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((each) => String(each).padStart(2, "0")).join("-"),
  date: (date) => shown(date, PLAIN),
  date_slash: (date) => shown(date, { month: "2-digit", day: "2-digit", year: "numeric" }),
  date_short: (date) => shown(date, SHORT),
  date_long: (date) => shown(date, LONG),
  date_long_full: (date) => shown(date, LONG),
  date_pretty: (date) => pretty(date, PLAIN),
  date_short_pretty: (date) => pretty(date, SHORT),
  date_long_pretty: (date) => pretty(date, LONG),
  day_divider_pretty: (date) => day(date),
  time: (date) => time(date),
  time_secs: (date) => shown(date, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (date) => ago(date),
};

/** A date as its format asks for it, or null where seconds or format mean nothing. */
export function formatted(seconds, format) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime()) || !/\{\w+\}/.test(format)) return null;
  return format.replace(/\{(\w+)\}/g, (all, name) => (Object.hasOwn(TOKENS, name) ? TOKENS[name](date) : all));
}

function ago(date) {
  const relative = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });
  const seconds = (date - Date.now()) / 1000;
  for (const [unit, size] of [["day", 86_400], ["hour", 3_600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(Math.trunc(seconds), "second");
}
