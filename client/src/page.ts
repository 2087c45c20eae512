/** Events of the browser page: the network is back, or the page is visible again. Without a browser there are none. */

/** Receives the events of a page. */
export interface Listener {
  wake(): void;
  /** The page is back from the back/forward cache, where it missed the writes of other tabs. */
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
