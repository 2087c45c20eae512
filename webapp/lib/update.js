// Offline use: the service worker caches the app, and a newer version waits until the user wants it.
import { signal } from "./html.js";
import { locale, wordsOf } from "./words.js";

/** The waiting service worker of a newer version, or null. */
export const newer = signal(null);

/** Register the service worker, which caches the app. Called after the first view is rendered. */
export async function keepOffline() {
  if (!("serviceWorker" in navigator)) return;
  let isFirst = !navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!isFirst) location.reload();
    isFirst = false;
  });
  const registration = await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
  const look = () => (newer.value = navigator.serviceWorker.controller ? registration.waiting : null);
  look();
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
  if (isFirst) await new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  await fetch(wordsOf(locale.value)); // through the worker, which then caches them
  document.documentElement.dataset.kept = "";
  document.addEventListener("visibilitychange", () => document.hidden || registration.update().catch(() => {}));
}

/** Switch to the newer version. Drafts, the outbox and the replica stay as they are. */
export const update = () => newer.value?.postMessage("use");
