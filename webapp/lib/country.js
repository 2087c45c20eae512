// The country whose crisis lines are shown: the one that was chosen, or that of the browser's language.
import { store, stored } from "./settings.js";

/** Return the code of the country. */
export const country = () => stored("country") ?? guessed();

/** Choose a country, and remember it. */
export const choose = (code) => store("country", code);

const guessed = () => navigator.languages.map((one) => new Intl.Locale(one).region).find(Boolean) ?? "DE";
