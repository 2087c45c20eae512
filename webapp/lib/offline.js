// Tells whether the phone is offline, but not while the app has only begun to connect.
import { signal } from "./html.js";

const CONNECTS = 2000; // ms that connecting may take before the app says that it is offline
const SAID = 3000; // ms for which the app says that the network is back

/** Whether there is no network. */
export const isOffline = signal(false);
/** Whether the network has come back in the last SAID ms. */
export const isBack = signal(false);

/** Update both signals from the status of the client. */
export function watch(status) {
  let timer;
  status.subscribe(({ state }) => {
    clearTimeout(timer);
    if (state === "offline" && !isOffline.value) timer = setTimeout(() => (isOffline.value = true), navigator.onLine ? CONNECTS : 0);
    if (state !== "live" || !isOffline.value) return;
    isOffline.value = false;
    isBack.value = true;
    setTimeout(() => (isBack.value = false), SAID);
  });
}
