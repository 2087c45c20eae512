// The app for offline: the service worker keeps its files, and a newer version waits until the person wants it.
import { signal } from "./html.js";
import { locale, wordsOf } from "./words.js";

/** The worker of a newer version that waits, or null. */
export const newer = signal(null);

/** Keep the app on this phone, once everything that is shown has come. */
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
  await fetch(wordsOf(locale.value)); // through the worker, which keeps them
  document.documentElement.dataset.kept = "";
  document.addEventListener("visibilitychange", () => document.hidden || registration.update().catch(() => {}));
}

/** Use the newer version. Drafts, the outbox and the replica stay where they are. */
export const update = () => newer.value?.postMessage("use");
