/** Several tabs of one app: one of them syncs, all of them hear what is written. Without the browser's parts: one tab. */

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

  /** Call a listener with what other tabs tell; one listener for each sort of message. */
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

/** Do some work while no other tab does work of this name. In one process, too. */
export class Locks {
  readonly #prefix: string;
  readonly #shared: boolean;
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(prefix: string | null) {
    this.#prefix = prefix ?? "";
    this.#shared = prefix !== null && typeof navigator === "object" && "locks" in navigator;
  }

  /** Wait until the lock is free, work, and return what the work returns; throws AbortError once `signal` is aborted. */
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
