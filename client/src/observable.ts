/** Values that change: what an app shows follows them. */

/** A value and its changes. It has the shape of a signal, and of a store of Svelte. */
export interface Readable<T> {
  readonly value: T;
  /** Call the listener at once and after each change; call what is returned to end that. */
  subscribe(listener: (value: T) => void): () => void;
}

/** A value that is set. */
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

/** A value that is computed from a source: when it is asked for, and for subscribers anew after each change. */
export class Computed<T> implements Readable<T> {
  readonly #source: Source;
  readonly #compute: () => T;
  readonly #isTouched: (groups: Groups) => boolean;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T | undefined;
  #told: T | undefined; // what the subscribers have heard last
  #version = -1; // of the source, when the value was computed
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

  /** Tell the subscribers soon: what is written in one go is told once. */
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

/** Call listeners. What one of them throws is an error of the app, and keeps nobody else from hearing. */
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

/** Groups of records that were touched; null stands for any. */
export type Groups = ReadonlySet<string> | null;

/** What values are computed from. Its version grows with each change. */
export interface Source {
  readonly version: number;
  /** Call the listener after each change, until what is returned is called. */
  watch(listener: (groups: Groups) => void): () => void;
}
