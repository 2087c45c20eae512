/** A service worker that caches the app, so that it starts without a network. */

const APP = ["./", "app.js", "seed.js", "stopping.js"];

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("fetch", (event) => {
  const isOurs = new URL(event.request.url).origin === location.origin;
  if (isOurs) event.respondWith(caches.match(event.request).then((found) => found ?? fetch(event.request)));
});

/** Cache the app and every file of the bundle: its first file imports others, whose names the bundler has chosen. */
async function keep() {
  const { outputs } = await (await fetch("client/meta.json")).json();
  const bundle = Object.keys(outputs).map((path) => `client/${path.split("/").at(-1)}`);
  const cache = await caches.open("app");
  await cache.addAll([...APP, ...bundle]);
}
