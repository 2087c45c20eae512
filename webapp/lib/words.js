// The words of the app in the language of the person. A view has no words of its own: it asks for them by key.
import { signal } from "./html.js";
import { store, stored } from "./settings.js";

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", ar: "العربية" };
const RIGHT_TO_LEFT = new Set(["ar"]);
const HAS_RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

export const locale = signal("en");
let words = {};
let plurals = new Intl.PluralRules("en");

/** Return where the words of a language are. */
export const wordsOf = (language) => new URL(`../words/${language}.json`, import.meta.url);

/** Load the words of a language, by default the one chosen before, or the browser's. */
export async function speak(language = stored("locale") ?? preferred()) {
  const answer = await fetch(wordsOf(language));
  words = await answer.json();
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
  locale.value = language;
}

/** Choose a language, and remember it. */
export async function choose(language) {
  await speak(language);
  store("locale", language);
}

/** Return the words for a key. `{name}` is replaced; a `count` picks the plural: key.one, key.other … */
export function t(key, values = {}) {
  locale.value; // a view that asks for words is shown anew in another language
  const plural = values.count === undefined ? undefined : words[`${key}.${plurals.select(values.count)}`];
  const text = plural ?? words[key] ?? words[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(values[name]) : whole));
}

/** Tell whether there are words for a key. */
export const has = (key) => key in words;

/** Return a text that the server gives in several languages, in the best one for this person. */
export function inMine(texts) {
  return texts?.[locale.value] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? "";
}

/** Return the language in which the server should make texts: it has three. */
export const served = () => (["en", "de", "es"].includes(locale.value) ? locale.value : "en");

function preferred() {
  const asked = navigator.languages.map((one) => one.slice(0, 2).toLowerCase());
  return asked.find((one) => one in LANGUAGES) ?? "en";
}

/** Keep the order of a sentence right when a name or number in it runs the other way. */
function isolated(value) {
  const text = typeof value === "number" ? new Intl.NumberFormat(locale.value).format(value) : String(value);
  const turns = HAS_RIGHT_TO_LEFT.test(text) !== (document.documentElement.dir === "rtl");
  return turns ? `\u2068${text}\u2069` : text;
}
