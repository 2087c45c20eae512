// The texts of the app in the user's language. A view contains no text: it asks for each by key.
import { signal } from "./html.js";
import { store, stored } from "./settings.js";

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", ar: "العربية" };
const RIGHT_TO_LEFT = new Set(["ar"]);
const HAS_RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

export const locale = signal("en");
let words = {};
let plurals = new Intl.PluralRules("en");

/** Return the URL of the texts of a language. */
export const wordsOf = (language) => new URL(`../words/${language}.json`, import.meta.url);

/** Load the texts of a language, by default the one chosen before, or the browser's. */
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

/** Return the text of a key. `{name}` is replaced; a `count` picks the plural: key.one, key.other … */
export function t(key, values = {}) {
  locale.value; // reading this signal renders the view again when the language changes
  const plural = values.count === undefined ? undefined : words[`${key}.${plurals.select(values.count)}`];
  const text = plural ?? words[key] ?? words[`${key}.other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? isolated(values[name]) : whole));
}

/** Tell whether a key has a text. */
export const has = (key) => key in words;

/** Return a text that the server gives in several languages in the best one for the user. */
export function inMine(texts) {
  return texts?.[locale.value] ?? texts?.en ?? Object.values(texts ?? {})[0] ?? "";
}

/** Return the language in which the server should write texts; it has only three. */
export const served = () => (["en", "de", "es"].includes(locale.value) ? locale.value : "en");

function preferred() {
  const asked = navigator.languages.map((one) => one.slice(0, 2).toLowerCase());
  return asked.find((one) => one in LANGUAGES) ?? "en";
}

/** Isolate a name or number whose direction of writing differs, so that the sentence keeps its order. */
function isolated(value) {
  const text = typeof value === "number" ? new Intl.NumberFormat(locale.value).format(value) : String(value);
  const turns = HAS_RIGHT_TO_LEFT.test(text) !== (document.documentElement.dir === "rtl");
  return turns ? `\u2068${text}\u2069` : text;
}
