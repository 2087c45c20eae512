// The country whose crisis lines are shown: the chosen one, or that of the browser's language.
import { signal } from "./html.js";
import { store, stored } from "./settings.js";

/** The code of the country, or null if it is unknown: then no number may be shown, because it could be wrong. */
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
    return undefined; // some browsers list languages that their Intl does not accept
  }
}
