// The country whose crisis lines are shown: the one that was chosen, or that of the browser's language.
import { signal } from "./html.js";
import { store, stored } from "./settings.js";

const guessed = () => navigator.languages.map((one) => new Intl.Locale(one).region).find(Boolean) ?? "DE";

/** The code of the country. */
export const country = signal(stored("country") ?? guessed());

/** Choose a country, and remember it. */
export function choose(code) {
  store("country", code);
  country.value = code;
}
