/** Messages and locks between the tabs of one app. Without BroadcastChannel and Web Locks, each tab is on its own. */

type Listener = (body: unknown) => void;

/** Messages between the tabs that have the same database open. */
export class Channel {
  readonly #channel: BroadcastChannel | null;
  readonly #listeners = new Map<string, Listener>();

  constructor(name: string | null) {
    this.#channel = name !== null && typeof BroadcastChannel === "function" ? new BroadcastChannel(name) : null;
    if (this.#channel === null) return;
    this.#channel.onmessage = ({ data }) => this.#listeners.get(data.what)?.(data.body);
    (this.#channel as { unref?: () => void }).unref?.(); // in Node it would keep the process alive
  }

  /** Set the listener for one type of message from other tabs. */
  listen(what: string, listener: Listener): void {
    this.#listeners.set(what, listener);
  }

  tell(what: string, body?: unknown): void {
    this.#channel?.postMessage({ what, body });
  }

  close(): void {
    this.#channel?.close();
  }
}

/** Locks by name, between all tabs of a database; without Web Locks, within one process. */
export class Locks {
  readonly #prefix: string;
  readonly #shared: boolean;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(prefix: string | null) {
    this.#prefix = prefix ?? "";
    this.#shared = prefix !== null && typeof navigator === "object" && "locks" in navigator;
  }

  /** Hold the lock while `work` runs, and return its result; throws if `signal` is aborted before `work` has begun. */
  async alone<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#shared) return navigator.locks.request(`${this.#prefix}/${name}`, { ...(signal && { signal }) }, work);
    const before = this.#turns.get(name) ?? Promise.resolve();
    const mine = before.then(() => {
      if (signal?.aborted) throw new Error("aborted"); // React Native has no throwIfAborted
      return work();
    });
    this.#turns.set(name, mine.catch(() => {}));
    return mine;
  }
}
