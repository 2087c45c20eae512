// Lists that everybody may read (topics, questions, crisis lines): fetched once, kept on the phone, there offline.
import { useEffect, useState } from "./html.js";
import { beside } from "./beside.js";
import { store, stored } from "./settings.js";

/** Return {value, error}: the answer to a GET, first as it was kept, then as it is now. */
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

/** Return {value, error, again}: the answer to a GET that is asked anew each time, and kept nowhere. */
export function useAsked(path) {
  const [state, set] = useState({ value: null, error: null });
  const again = () => {
    if (path) beside.request("GET", path).then((value) => set({ value, error: null }), (error) => set({ value: null, error }));
  };
  useEffect(again, [path]);
  return { ...state, again };
}

/** Fetch what must be there without a network before it is needed: crisis lines first. */
export async function keepForLater(country) {
  const paths = ["/lines", ...(country ? [`/lines/${country}`] : []), "/topics", "/prompts?after=0", "/checkin-items"];
  for (const path of paths) await beside.request("GET", path).then((value) => store(`kept.${path}`, value), () => {});
}
