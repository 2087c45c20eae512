// Stores texts while they are typed, so that they survive a reload, an empty battery and an update of the app.
import { useEffect, useState } from "./html.js";
import { beside } from "./beside.js";
import { store, stored } from "./settings.js";

/** Return [value, set, clear] of a stored text. `name` identifies it for this user, such as `talk.pair:1`. */
export function useDraft(name, initial = "") {
  const key = `draft.${beside.session.value?.user ?? "nobody"}.${name}`;
  const [value, show] = useState(() => stored(key) ?? initial);
  useEffect(() => show(stored(key) ?? initial), [key]);
  const set = (next) => {
    store(key, next);
    show(next);
  };
  const clear = () => {
    store(key, null);
    show(initial);
  };
  return [value, set, clear];
}
