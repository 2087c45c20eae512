// Passkeys, where the browser has them. The code for them is fetched when it is needed.
import { beside } from "./beside.js";
import { useEffect, useState } from "./html.js";

/** Return what there is for passkeys, or null: {signIn, add}. */
export function usePasskeys() {
  const [passkeys, set] = useState(null);
  useEffect(() => {
    beside.passkeys().then((found) => found.isPossible && set(found), () => {});
  }, []);
  return passkeys;
}
