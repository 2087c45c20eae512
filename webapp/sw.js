// Keeps the files of the app on the phone, one cache for each version. The API is never cached: its answers are private.
importScripts("files.js"); // self.APP = {version, files}; Beside makes it from the files that are there

const CACHE = `beside-${self.APP.version}`;
const LATER = /^(words|icons)\//; // kept when they are first used: nobody needs four languages

self.addEventListener("install", (event) => {
  const files = self.APP.files.filter((name) => !LATER.test(name)).map((name) => new Request(name, { cache: "no-cache" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files)));
});

self.addEventListener("activate", (event) => event.waitUntil(tidied()));
self.addEventListener("message", (event) => event.data === "use" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const name = url.pathname.slice(new URL("./", location).pathname.length) || "index.html";
  if (url.origin !== location.origin || event.request.method !== "GET" || !self.APP.files.includes(name)) return;
  event.respondWith(kept(name));
});

/** Return a file of this version: from the cache, or from the server, and then it is in the cache. */
async function kept(name) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(name);
  if (found) return found;
  const answer = await fetch(new Request(name, { cache: "no-cache" }));
  if (answer.ok) await cache.put(name, answer.clone());
  return answer;
}

/** Take over the pages, keep the words that are in use, and remove what former versions kept. */
async function tidied() {
  const old = (await caches.keys()).filter((name) => name.startsWith("beside-") && name !== CACHE);
  for (const name of old) {
    for (const request of await (await caches.open(name)).keys()) {
      const file = new URL(request.url).pathname.slice(new URL("./", location).pathname.length);
      if (LATER.test(file) && self.APP.files.includes(file)) await kept(file).catch(() => {});
    }
    await caches.delete(name);
  }
  await self.clients.claim();
}
