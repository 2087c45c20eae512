/** What crosses the wire, for apps that show it, such as a page for developers. */

/** One request, answer or event. `body` holds the users' texts: never log it. */
export interface TraceEvent {
  readonly direction: "up" | "down";
  readonly what: string; // "mutate", "push", "pull", "sync", "page", "change", "missed", "connect" or "disconnect"
  readonly body: unknown;
}

export type Trace = (event: TraceEvent) => void;
