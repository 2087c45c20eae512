// Keeps the files of the app on the phone, one cache for each version. The API is never cached: its answers are private.
importScripts("files.js"); // self.APP = {version, files: {name: digest}}; the server makes it from the files of the app

const CACHE = `beside-${self.APP.version}`;
const LATER = /^(words|icons)\//; // cached when first used: nobody needs all four languages

self.addEventListener("install", (event) => event.waitUntil(installed()));
self.addEventListener("activate", (event) => event.waitUntil(tidied()));
self.addEventListener("message", (event) => {
  if (event.data === "use") self.skipWaiting();
  if (event.data === "seen") event.waitUntil(tidiedAway());
});
self.addEventListener("push", (event) => event.waitUntil(shown(event.data?.json() ?? {})));
self.addEventListener("notificationclick", (event) => event.waitUntil(opened(event.notification)));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const name = named(url);
  if (url.origin !== location.origin || event.request.method !== "GET" || !Object.hasOwn(self.APP.files, name)) return;
  event.respondWith(kept(name));
});

/** Return a file of this version, from the cache or from the server; a file from the server is then cached. */
async function kept(name) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(name);
  if (found) return found;
  const answer = await fetch(new Request(name, { cache: "no-cache" }));
  if (await isOfThisVersion(name, answer.clone())) await cache.put(name, answer.clone());
  return answer;
}

/** Tell whether an answer is the file that this version lists. During an update the server may send a newer file. */
async function isOfThisVersion(name, answer) {
  if (!answer.ok) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer()));
  return [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === self.APP.files[name];
}

/** Fetch all files that the app needs to start without a network, and those words and icons that were used before.
    A file of another version makes the install fail, and the browser tries again later: versions are never mixed. */
async function installed() {
  const used = new Set();
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) used.add(named(request.url));
  }
  const wanted = Object.keys(self.APP.files).filter((name) => !LATER.test(name) || used.has(name));
  const answers = await Promise.all(wanted.map((name) => fetch(new Request(name, { cache: "no-cache" }))));
  const fit = await Promise.all(answers.map((answer, at) => isOfThisVersion(wanted[at], answer.clone())));
  if (fit.includes(false)) throw new Error(`This is not the file that was listed: ${wanted[fit.indexOf(false)]}`);
  const cache = await caches.open(CACHE);
  await Promise.all(answers.map((answer, at) => cache.put(wanted[at], answer)));
}

/** Delete the caches of former versions, and take control of the open pages. */
async function tidied() {
  const old = (await caches.keys()).filter((name) => name.startsWith("beside-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Return the name of an app file from its URL. */
function named(address) {
  return new URL(address).pathname.slice(new URL("./", location).pathname.length) || "index.html";
}

/** Show a notification for every push: browsers end subscriptions whose pushes show nothing. */
async function shown({ what = "new", badge = 0, collapse = "new" }) {
  const kept = await caches.match("push.json", { cacheName: "texts" });
  const texts = kept ? await kept.json() : {};
  const options = { body: texts[what] ?? texts.new ?? "", tag: collapse, renotify: true, requireInteraction: what === "urgent" };
  await self.registration.showNotification("Beside", { ...options, icon: "icons/icon-192.png" });
  await (badge ? navigator.setAppBadge?.(badge) : navigator.clearAppBadge?.());
}

async function opened(notification) {
  notification.close();
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = windows.find((one) => one.url.startsWith(self.registration.scope)); // the origin has other pages
  await (tab ? tab.focus() : self.clients.openWindow("./"));
}

async function tidiedAway() {
  for (const one of await self.registration.getNotifications()) one.close();
  await navigator.clearAppBadge?.();
}
