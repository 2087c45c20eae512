// The country whose crisis lines are shown: the one that was chosen, or that of the browser's language.
import { signal } from "./html.js";
import { store, stored } from "./settings.js";

/** The code of the country, or null while nobody knows it: then no number is shown as if it were right. */
export const country = signal(stored("country") ?? guessed());

/** Choose a country, and remember it. */
export function choose(code) {
  store("country", code);
  country.value = code;
}

function guessed() {
  return (navigator.languages ?? []).map(region).find(Boolean) ?? null;
}

function region(language) {
  try {
    return new Intl.Locale(language).region;
  } catch {
    return undefined; // some browsers name languages that they do not know themselves
  }
}
