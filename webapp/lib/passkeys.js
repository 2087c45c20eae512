// Passkeys, where the browser supports them. Their code is loaded when it is needed.
import { beside } from "./beside.js";
import { useEffect, useState } from "./html.js";

/** Return the passkey functions of the client, {signIn, add}, or null without support. */
export function usePasskeys() {
  const [passkeys, set] = useState(null);
  useEffect(() => {
    beside.passkeys().then((found) => found.isPossible && set(found), () => {});
  }, []);
  return passkeys;
}
