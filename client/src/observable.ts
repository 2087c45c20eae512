/** Values that change, and that apps can subscribe to. */

/** A value and its changes. It has the interface of a signal, and of a Svelte store. */
export interface Readable<T> {
  readonly value: T;
  /** Call the listener at once and after each change; returns a function that unsubscribes. */
  subscribe(listener: (value: T) => void): () => void;
}

/** A value that its owner sets. */
export class Observable<T> implements Readable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    tell(this.#listeners, value);
  }

  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#value);
    return () => void this.#listeners.delete(listener);
  }
}

/** A value that is computed from a source: when it is read, and after each change while it has subscribers. */
export class Computed<T> implements Readable<T> {
  readonly #source: Source;
  readonly #compute: () => T;
  readonly #isTouched: (groups: Groups) => boolean;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T | undefined;
  #told: T | undefined; // the last value that the subscribers were given
  #version = -1; // of the source when the value was computed; -1: compute it again
  #leave: (() => void) | null = null;

  constructor(source: Source, compute: () => T, isTouched: (groups: Groups) => boolean) {
    this.#source = source;
    this.#compute = compute;
    this.#isTouched = isTouched;
  }

  get value(): T {
    if (this.#leave === null && this.#version !== this.#source.version) this.#version = -1;
    if (this.#version < 0) {
      this.#version = this.#source.version;
      this.#value = this.#compute();
    }
    return this.#value as T;
  }

  subscribe(listener: (value: T) => void): () => void {
    const now = this.value;
    if (this.#listeners.size === 0) this.#told = now;
    this.#leave ??= this.#source.watch((groups) => this.#isTouched(groups) && this.#change());
    this.#listeners.add(listener);
    listener(now);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#leave?.();
      this.#leave = null;
    };
  }

  /** Tell the subscribers in a microtask, so that several changes in a row are told once. */
  #change(): void {
    if (this.#version < 0) return;
    this.#version = -1;
    queueMicrotask(() => {
      if (this.#listeners.size === 0) return;
      const { value } = this;
      if (Object.is(value, this.#told)) return;
      this.#told = value;
      tell(this.#listeners, value);
    });
  }
}

/** Call all listeners. An error thrown by one is reported as uncaught, and does not stop the others. */
export function tell<T>(listeners: Iterable<(value: T) => void>, value: T): void {
  for (const listener of listeners) {
    try {
      listener(value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** Groups of records that a write has touched; null: possibly all. */
export type Groups = ReadonlySet<string> | null;

/** The source of computed values. Its version grows with each change. */
export interface Source {
  readonly version: number;
  /** Call the listener after each change; returns a function that ends this. */
  watch(listener: (groups: Groups) => void): () => void;
}
