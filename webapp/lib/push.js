// Ringing this phone by Web Push. A push says that there is something, never what or from whom.
import { beside } from "./beside.js";
import { silence } from "./quiet.js";
import { store, stored } from "./settings.js";
import { t } from "./words.js";

const KINDS = ["new", "urgent", "test"];

/** Tell the server how to ring this browser. With `ask` only from a press: browsers refuse to ask otherwise. Without
    it, at each start, nothing is done unless this person has wished to be rung here. Returns registered, or why not: unsupported, default, denied, unavailable. */
export async function registerPush({ ask = false } = {}) {
  if (!("PushManager" in globalThis)) return "unsupported"; // on an iPhone: only once the app is on the home screen
  if (Notification.permission === "default" && ask) await Notification.requestPermission();
  if (Notification.permission !== "granted") return Notification.permission;
  if (ask) store(wish(), true);
  if (!stored(wish())) return "default";
  const { key, platforms } = await beside.request("GET", "/push-key");
  if (!platforms.includes("webpush")) return "unavailable";
  await keepTexts();
  const { pushManager } = await navigator.serviceWorker.ready;
  const found = await subscribed(pushManager, key);
  await beside.request("POST", "/push-token", { platform: "webpush", subscription: shape(found) });
  return "registered";
}

/** Do not ring this phone any more, also after the next start. It is silent at once, with or without a network. */
export async function stopPush() {
  store(wish(), null);
  await silence();
  await beside.request("POST", "/push-token", { token: null });
}

/** The name under which it is stored that this person wants this phone to ring. */
const wish = () => `ring.${beside.session.value?.user}`;

/** Put away the notifications, once what is new is shown. */
export const seen = () => navigator.serviceWorker?.controller?.postMessage("seen");

/** Keep the texts of notifications where the service worker finds them, in the language of the app. */
async function keepTexts() {
  const texts = Object.fromEntries(KINDS.map((kind) => [kind, t(`push.${kind}`)]));
  await (await caches.open("texts")).put("push.json", new Response(JSON.stringify(texts)));
}

async function subscribed(pushManager, key) {
  const found = await pushManager.getSubscription();
  if (found && text(found.options.applicationServerKey) === key) return found;
  await found?.unsubscribe(); // it was made for another server
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

function shape(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

const bytes = (key) => Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
