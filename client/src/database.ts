/** The local database: a change is decided on the image in memory, written in one transaction, and sent to all tabs. */

import { Draft, Image } from "./image.js";
import { Observable, tell } from "./observable.js";
import { BesideError, type Outcome } from "./protocol.js";
import type { Store, Write } from "./store.js";
import type { Channel } from "./tabs.js";

const PATIENCE = 250; // ms to wait for another tab's message before everything is loaded again

/** What was written, by this tab or another one. */
export interface Written {
  readonly writes: readonly Write[] | null; // null: anything may have changed
  readonly outcomes: readonly Outcome[];
}

interface Message {
  readonly revision: number; // of the database after the writes
  readonly writes: readonly Write[];
  readonly outcomes: readonly Outcome[];
}

/** The result of a change. */
export interface Decision<T> {
  readonly result: T;
  readonly outcomes?: readonly Outcome[]; // of the mutations that the change takes out of the outbox
}

export class Database {
  readonly image = new Image();
  readonly problem = new Observable<BesideError | null>(null); // why the last write failed
  readonly #store: Store;
  readonly #channel: Channel;
  readonly #listeners = new Set<(written: Written) => void>();
  #turn: Promise<unknown> = Promise.resolve(); // changes of this tab are made one after the other
  #caughtUp: (() => void) | null = null;

  private constructor(store: Store, channel: Channel) {
    this.#store = store;
    this.#channel = channel;
    channel.listen("written", (message) => this.#take(message as Message));
  }

  /** Open the database: load all that is stored. */
  static async open(store: Store, channel: Channel): Promise<Database> {
    const database = new Database(store, channel);
    await database.reload(); // queued: a message of another tab may start a reload, too
    return database;
  }

  /** Call a listener after each write of any tab. */
  listen(listener: (written: Written) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Let `decide` fill a draft, write the draft in one transaction, and return the result of `decide` once it is stored.
   * `decide` is called again if another tab wrote meanwhile, so it must have no side effects. Throws BesideError
   * `storage_full` or `storage_failed`; then nothing has changed.
   */
  change<T>(decide: (draft: Draft) => Decision<T>): Promise<T> {
    const made = this.#turn.then(() => this.#change(decide));
    this.#turn = made.catch(() => {});
    return made;
  }

  /** Load everything again, after a time in which this tab may have missed the writes of others. */
  reload(): Promise<void> {
    const read = this.#turn.then(() => this.#reload());
    this.#turn = read.catch(() => {});
    return read;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#store.close();
  }

  async #change<T>(decide: (draft: Draft) => Decision<T>): Promise<T> {
    for (;;) {
      const { image } = this;
      const revision = image.revision;
      const draft = new Draft(image);
      const { result, outcomes = [] } = decide(draft);
      const writes = draft.writes;
      if (writes.length === 0 && outcomes.length === 0) return result;
      if (await this.#write(writes, revision)) {
        image.apply(writes, revision + 1);
        this.#channel.tell("written", { revision: revision + 1, writes, outcomes } satisfies Message);
        this.#say({ writes, outcomes });
        return result;
      }
      await this.#catchUp(revision);
    }
  }

  async #write(writes: readonly Write[], revision: number): Promise<boolean> {
    try {
      const isNewest = await this.#store.write(writes, revision);
      this.problem.set(null);
      return isNewest;
    } catch (error) {
      const { name, message } = error as Error;
      const code = name === "QuotaExceededError" ? "storage_full" : "storage_failed";
      this.problem.set(new BesideError({ code, message: `Nothing was stored: ${message || name}` }));
      throw this.problem.value;
    }
  }

  /** Wait until this tab has the writes of another tab. */
  async #catchUp(revision: number): Promise<void> {
    if (this.image.revision > revision) return;
    await new Promise<void>((done) => {
      this.#caughtUp = done;
      setTimeout(done, PATIENCE);
    });
    if (this.image.revision === revision) await this.#reload();
  }

  async #reload(): Promise<void> {
    const stored = await this.#store.load();
    if (stored.revision < this.image.revision) return;
    this.image.replace(stored);
    this.#say({ writes: null, outcomes: [] });
  }

  /** Apply the writes of another tab. If a message before this one is missing, everything is loaded again. */
  #take({ revision, writes, outcomes }: Message): void {
    if (revision === this.image.revision + 1) {
      this.image.apply(writes, revision);
      this.#say({ writes, outcomes });
      this.#caughtUp?.();
    } else if (revision > this.image.revision) void this.reload();
  }

  #say(written: Written): void {
    tell(this.#listeners, written);
  }
}
