// Days, times and durations in the user's language, by Intl. Times are in ms since 1970.
import { locale, t } from "./words.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Return the language with a region of the browser, if it has one: 18:00 in London, 6 PM in Boston. */
const regional = () => navigator.languages.find((one) => one.startsWith(locale.value)) ?? locale.value;

const format = (at, options) => new Intl.DateTimeFormat(regional(), options).format(at);
export const time = (at) => format(at, { hour: "2-digit", minute: "2-digit" });
export const moment = (at) => format(at, { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
export const date = (at) => format(at, { day: "numeric", month: "long", year: "numeric" });
export const weekday = (number) => format(Date.UTC(2024, 0, 1 + number, 12), { weekday: "short", timeZone: "UTC" });

/** Return a day as people say it: today, yesterday, Tuesday, 3 March. */
export function day(at, now = Date.now()) {
  const days = Math.round((midnight(now) - midnight(at)) / DAY);
  if (days === 0) return t("day.today");
  if (days === 1) return t("day.yesterday");
  if (days > 1 && days < 7) return format(at, { weekday: "long" });
  return format(at, { day: "numeric", month: "long", ...(days > 300 && { year: "numeric" }) });
}

/** Tell whether two times are on the same day in the local time zone. */
export const isSameDay = (one, other) => midnight(one) === midnight(other);

/** Return how long it is until a time, such as "in 3 hours". */
export function until(at, now = Date.now()) {
  const relative = new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" });
  const span = at - now;
  if (Math.abs(span) < HOUR) return relative.format(Math.round(span / MINUTE), "minute");
  if (Math.abs(span) < 2 * DAY) return relative.format(Math.round(span / HOUR), "hour");
  return relative.format(Math.round(span / DAY), "day");
}

/** Return a time as `<input type="datetime-local">` has it: YYYY-MM-DDTHH:MM, local. */
export function local(at) {
  return new Date(at - new Date(at).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

/** Return minutes since midnight as HH:MM; `minutes` is the inverse. */
export const clock = (minutes) => `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
export const minutes = (text) => text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

const pad = (number) => String(number).padStart(2, "0");
const midnight = (at) => new Date(at).setHours(0, 0, 0, 0);
