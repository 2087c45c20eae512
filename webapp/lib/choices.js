// The choices that several views offer: ages, genders, ways to listen, languages, topics, parts of the week.
import { inMine, locale, t } from "./words.js";

export const AGES = ["under_18", "18_24", "25_39", "40_59", "60_plus"];
export const GENDERS = ["woman", "man", "nonbinary"];
export const STYLES = ["listening", "practical", "gentle", "direct"];
const SPOKEN = ["ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt", "ru", "tr", "uk", "zh"];

/** Return options for a field: [[value, words]…]. */
export const options = (names, of) => names.map((one) => [one, t(`${of}.${one}`)]);

/** Return the spoken languages as options, named and sorted in the user's language. */
export function spoken() {
  const names = new Intl.DisplayNames(locale.value, { type: "language" });
  return SPOKEN.map((one) => [one, names.of(one)]).sort((one, other) => one[1].localeCompare(other[1], locale.value));
}

/** Return the topics that can be chosen, as options with a sentence each. */
export function topicOptions({ topics }) {
  const used = topics.filter((topic) => !topic.retired_by);
  return used.map((topic) => [topic.id, upper(inMine(topic.labels)), inMine(topic.sentences)]);
}

/** Return the label of a topic, or its id if the list is not on this phone. */
export function topicLabel(kept, id) {
  const topic = kept?.topics.find((one) => one.id === id);
  return topic ? inMine(topic.labels) : id.replaceAll("_", " ");
}

export const upper = (text) => text.charAt(0).toLocaleUpperCase(locale.value) + text.slice(1);

/** The parts of a day in which people are free, in minutes. */
export const PARTS = { morning: [480, 720], afternoon: [720, 1080], evening: [1080, 1320] };

/** Return [[day, from, to]…] for ticked values such as "0-evening"; `ticked` is the inverse. */
export const weekly = (ticked) => ticked.map((one) => one.split("-")).map(([day, part]) => [Number(day), ...PARTS[part]]);
export function ticked(spans) {
  const covers = ([day, from, to], on, part) => day === on && from <= PARTS[part][0] && to >= PARTS[part][1];
  const all = [0, 1, 2, 3, 4, 5, 6].flatMap((day) => Object.keys(PARTS).map((part) => [day, part]));
  return all.filter(([day, part]) => spans.some((span) => covers(span, day, part))).map((one) => one.join("-"));
}
