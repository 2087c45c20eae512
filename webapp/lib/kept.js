// Public lists (topics, questions, crisis lines), which are stored on the phone and available offline.
import { useEffect, useState } from "./html.js";
import { beside } from "./beside.js";
import { store, stored } from "./settings.js";

/** Return {value, error}: first the stored answer to a GET, then the current one. */
export function useKept(path) {
  const [state, set] = useState(() => ({ value: stored(`kept.${path}`), error: null }));
  useEffect(() => {
    let wanted = true;
    const kept = stored(`kept.${path}`);
    set({ value: kept, error: null });
    beside.request("GET", path).then(
      (value) => {
        store(`kept.${path}`, value);
        if (wanted) set({ value, error: null });
      },
      (error) => wanted && set({ value: kept, error }),
    );
    return () => (wanted = false);
  }, [path]);
  return state;
}

/** Return {value, error, again}: the answer to a GET, which is not stored; `again` repeats the request. */
export function useAsked(path) {
  const [state, set] = useState({ value: null, error: null });
  const again = () => {
    if (path) beside.request("GET", path).then((value) => set({ value, error: null }), (error) => set({ value: null, error }));
  };
  useEffect(again, [path]);
  return { ...state, again };
}

/** Fetch and store the lists that must be available offline, crisis lines first. */
export async function keepForLater(country) {
  const paths = ["/lines", ...(country ? [`/lines/${country}`] : []), "/topics", "/prompts?after=0", "/checkin-items"];
  for (const path of paths) await beside.request("GET", path).then((value) => store(`kept.${path}`, value), () => {});
}
