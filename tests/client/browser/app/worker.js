/** A service worker that keeps the app, so that it starts without a network. */

const FILES = ["./", "app.js", "seed.js", "stopping.js", "client/index.js"];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open("app").then((cache) => cache.addAll(FILES)));
});

self.addEventListener("fetch", (event) => {
  const isOurs = new URL(event.request.url).origin === location.origin;
  if (isOurs) event.respondWith(caches.match(event.request).then((found) => found ?? fetch(event.request)));
});
