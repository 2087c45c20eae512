/** The page that an app runs in, if it runs in a browser: when the network is back, and when the app is seen again. */

/** What a page says. */
export interface Listener {
  wake(): void;
  /** The browser kept the page asleep, in its cache of pages to go back to: what other tabs wrote was not heard. */
  reload(): void;
}

/** Listen to the page until `signal` is aborted. */
export function listen({ wake, reload }: Listener, signal: AbortSignal): void {
  if (typeof window === "undefined" || typeof window.addEventListener !== "function") return;
  window.addEventListener("online", wake, { signal });
  window.addEventListener("pageshow", ({ persisted }) => persisted && reload(), { signal });
  if (typeof document === "undefined") return;
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
}
