// Keeps the files of the app on the phone, one cache for each version. The API is never cached: its answers are private.
importScripts("files.js"); // self.APP = {version, files: {name: digest}}; Beside makes it from the files that are there

const CACHE = `beside-${self.APP.version}`;
const LATER = /^(words|icons)\//; // kept when they are first used: nobody needs four languages

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

/** Return a file of this version: from the cache, or from the server, and then it is in the cache. */
async function kept(name) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(name);
  if (found) return found;
  const answer = await fetch(new Request(name, { cache: "no-cache" }));
  if (await isOfThisVersion(name, answer.clone())) await cache.put(name, answer.clone());
  return answer;
}

/** Tell whether an answer is the file that this version lists. While a server is updated it may be the next one. */
async function isOfThisVersion(name, answer) {
  if (!answer.ok) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await answer.arrayBuffer()));
  return [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === self.APP.files[name];
}

/** Fetch everything that the app needs to start without a network, and those of the later files that are in use.
    A file of another version lets the install fail, and the browser tries again later: versions are never mixed. */
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

/** Take over the pages, and remove what former versions kept. */
async function tidied() {
  const old = (await caches.keys()).filter((name) => name.startsWith("beside-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Return the name of a file of the app by its address. */
function named(address) {
  return new URL(address).pathname.slice(new URL("./", location).pathname.length) || "index.html";
}

/** Show something for every push, whatever comes: phones that are rung for nothing are rung no more. */
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
  const tab = windows.find((one) => one.url.startsWith(self.registration.scope)); // the server has other pages, too
  await (tab ? tab.focus() : self.clients.openWindow("./"));
}

async function tidiedAway() {
  for (const one of await self.registration.getNotifications()) one.close();
  await navigator.clearAppBadge?.();
}
