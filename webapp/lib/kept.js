// Public lists (topics, questions, crisis lines), which are stored on the phone and available offline.
import { useEffect, useState } from "./html.js";
import { beside } from "./beside.js";
import { store, stored } from "./settings.js";
import { isSigned } from "./signed.js";

/**
 * Return {value, error}: first the stored answer to a GET, then the current one. An answer for which `check` does not
 * give true is neither shown nor stored: the value stays the stored one, and the error is "changed".
 */
export function useKept(path, check = async () => true) {
  const [state, set] = useState(() => ({ value: stored(`kept.${path}`), error: null }));
  useEffect(() => {
    let wanted = true;
    const kept = stored(`kept.${path}`);
    set({ value: kept, error: null });
    const take = async (value) => {
      const isTrue = await check(value);
      if (isTrue) store(`kept.${path}`, value);
      if (wanted) set(isTrue ? { value, error: null } : { value: kept, error: "changed" });
    };
    beside.request("GET", path).then(take, (error) => wanted && set({ value: kept, error }));
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
  const take = async (path) => {
    const value = await beside.request("GET", path);
    if (!path.startsWith("/lines/") || (await isSigned(value, stored("kept./lines")?.public_key))) store(`kept.${path}`, value);
  };
  for (const path of paths) await take(path).catch(() => {});
}
