// Notifications by Web Push. A push says that something is new, but not what or from whom.
import { beside } from "./beside.js";
import { silence } from "./quiet.js";
import { store, stored } from "./settings.js";
import { t } from "./words.js";

const KINDS = ["new", "urgent", "test"];

/** Send the push subscription of this browser to the server. Use `ask` only in a click handler, or browsers refuse to
    ask. Without it, nothing is done unless this user has turned notifications on here. Returns registered, or the
    reason why not: unsupported, default, denied, unavailable. */
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

/** End notifications on this phone for good. They end at once, with or without a network. */
export async function stopPush() {
  store(wish(), null);
  await silence();
  await beside.request("POST", "/push-token", { token: null });
}

/** Return the name of the setting that this user wants notifications on this phone. */
const wish = () => `ring.${beside.session.value?.user}`;

/** Close the notifications, once the app shows the new messages. */
export const seen = () => navigator.serviceWorker?.controller?.postMessage("seen");

/** Store the texts of notifications for the service worker, in the language of the app. */
async function keepTexts() {
  const texts = Object.fromEntries(KINDS.map((kind) => [kind, t(`push.${kind}`)]));
  await (await caches.open("texts")).put("push.json", new Response(JSON.stringify(texts)));
}

async function subscribed(pushManager, key) {
  const found = await pushManager.getSubscription();
  if (found && text(found.options.applicationServerKey) === key) return found;
  await found?.unsubscribe(); // it was made with the key of another server
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

function shape(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

const bytes = (key) => Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
