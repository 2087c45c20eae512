// Whether the network is away, as a person would say it: not while the app only begins to connect.
import { signal } from "./html.js";

const CONNECTS = 2000; // ms that connecting may take before it is called offline
const SAID = 3000; // ms for which it is said that everything is where it belongs

/** Whether there is no network. */
export const isOffline = signal(false);
/** Whether the network has come back a moment ago. */
export const isBack = signal(false);

/** Follow the status of the client. */
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
