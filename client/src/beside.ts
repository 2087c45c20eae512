/** A phone of one user: what an app calls. */

import { io } from "socket.io-client";
import { receipts } from "./delivered.js";
import { Database } from "./database.js";
import { Engine, type Connection } from "./engine.js";
import type { CommandName, Commands, Kind } from "./generated.js";
import type { Guess } from "./guesses.js";
import { Http, type Fetch } from "./http.js";
import { uuid7 } from "./ids.js";
import type { Account, Refused } from "./image.js";
import { openIndexedDB } from "./indexeddb.js";
import { Computed, Observable, type Readable } from "./observable.js";
import { enqueue, URGENT } from "./outbox.js";
import type { Passkeys } from "./passkeys.js";
import { BesideError, isFinal, privateSpace, type Mutation, type Outcome } from "./protocol.js";
import { takeHistory } from "./replica.js";
import { erase, Session } from "./session.js";
import { MemoryStore, type Store } from "./store.js";
import { Channel, Locks } from "./tabs.js";
import type { Trace } from "./trace.js";
import { View, type MessageState, type Place, type Query, type Row } from "./view.js";

/** How to open a phone. */
export interface Options {
  readonly url: string; // where Beside is, such as https://beside.example.org
  readonly name?: string; // of the local database; another one for each account that is used side by side
  readonly device?: string; // what the user's list of devices shows
  readonly store?: Store; // IndexedDB where there is one, else memory
  readonly automatic?: boolean; // false: nothing goes by itself, only by `sync()`
  readonly delivered?: boolean; // false: the app itself says which messages have arrived
  readonly sealable?: boolean; // true: `signOut({ sealed: true })` can keep what is here
  readonly guesses?: Readonly<Record<string, Guess<any>>>; // optimistic rows of more commands
  readonly trace?: Trace; // hears what crosses the wire
  readonly fetch?: Fetch;
  readonly socket?: typeof io;
  readonly now?: () => number; // the wall clock, in ms since 1970
}

/** What the user did: it is stored. */
export interface Sent {
  readonly id: string; // of the mutation
  readonly outcome: Promise<Outcome>; // what became of it, as soon as the server has said so
}

/** Who is signed in. */
export interface Who {
  readonly user: string;
  readonly device: string;
  readonly role: string;
  readonly handle: string | null;
}

/** How things are. */
export interface Status {
  readonly state: Connection;
  readonly waiting: number; // mutations without an outcome
  readonly problem: string | null; // what keeps this phone from storing, or from syncing
}

/** Open a phone. What it has is readable at once, before any network. */
export async function open(options: Options): Promise<Beside> {
  const name = options.name ?? "beside";
  let problem: string | null = null;
  const store = options.store ?? (await openIndexedDB(name).catch(() => ((problem = "storage unavailable"), null)));
  const shared = options.store === undefined && store !== null ? `beside/${name}` : null;
  return Beside.open(options, store ?? new MemoryStore(), shared, problem);
}

export class Beside {
  readonly session: Readable<Who | null>;
  readonly status: Readable<Status>;
  readonly outbox: Readable<readonly Mutation[]>;
  readonly refused: Readable<readonly Refused[]>;
  readonly spaces: Readable<readonly Place[]>;
  readonly #options: Options;
  readonly #database: Database;
  readonly #session: Session;
  readonly #http: Http;
  readonly #channel: Channel;
  readonly #engine: Engine;
  readonly #view: View;
  readonly #status: Observable<Status>;
  readonly #now: () => number;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>(); // {mutation: what hears its outcome}
  readonly #ending = new AbortController();

  private constructor(options: Options, database: Database, store: Store, channel: Channel, locks: Locks) {
    this.#options = options;
    this.#database = database;
    this.#channel = channel;
    this.#now = options.now ?? Date.now;
    this.#http = new Http(options.url, options.fetch ?? ((address, asked) => fetch(address, asked)));
    this.#session = new Session(database, store, this.#http, locks, this.#now);
    const trace = options.trace ?? (() => {});
    const parts = { url: options.url, database, session: this.#session, http: this.#http, channel, locks, trace };
    this.#engine = new Engine({ ...parts, connect: options.socket ?? io, now: this.#now });
    this.#view = new View(database, options.guesses ?? {});
    this.#status = new Observable<Status>({ state: this.#engine.connection.value, waiting: 0, problem: null });
    const any = () => true;
    const known = steady();
    const { image } = database;
    this.session = new Computed(this.#view, () => known(image.state("account")), any);
    this.outbox = new Computed(this.#view, () => image.outbox, any);
    this.refused = new Computed(this.#view, () => image.refused, any);
    this.spaces = new Computed(this.#view, () => this.#view.places(), any);
    this.status = this.#status;
  }

  /** Use `open`. */
  static async open(options: Options, store: Store, shared: string | null, problem: string | null): Promise<Beside> {
    const channel = new Channel(shared);
    const database = await Database.open(store, channel);
    const beside = new Beside(options, database, store, channel, new Locks(shared));
    beside.#begin(problem);
    return beside;
  }

  // Who

  /** Make an account and sign in; throws BesideError. */
  async register(asked: { handle: string; passphrase: string }): Promise<Who> {
    return this.#enter("/register", asked);
  }

  /** Sign in; throws BesideError, for example `second_factor_required`: then send `code`, too. */
  async signIn(asked: { handle: string; passphrase: string; code?: string }): Promise<Who> {
    return this.#enter("/login", asked);
  }

  /** Sign in by a passkey that the user chooses; throws BesideError, or what the browser throws. */
  async passkey(): Promise<Who> {
    const account = await (await this.passkeys()).signIn();
    this.#engine.refresh();
    return who(account)!;
  }

  /** Return what a page about passkeys needs; the code for it is loaded with it. */
  async passkeys(): Promise<Passkeys> {
    const { Passkeys } = await import("./passkeys.js");
    return new Passkeys(this.#session, this.#http, this.#options.device);
  }

  /**
   * Sign out. Replica and outbox are erased; with `sealed` they stay, unreadable, until the same user signs in again
   * with the same passphrase. Throws BesideError `not_sealable` if they cannot be sealed; then nothing has happened.
   */
  async signOut({ sealed: isSealed = false } = {}): Promise<void> {
    const account = this.#session.account;
    const vault = this.#database.image.state("vault");
    if (isSealed && (account === null || vault === null)) {
      const message = "Nothing can be sealed: open with `sealable`, and sign in with a passphrase.";
      throw new BesideError({ code: "not_sealable", message, details: {} });
    }
    if (!isSealed) await this.#session.leave(erase);
    else {
      const { lock, rowsOf, sealed } = await import("./seal.js");
      const kept = await sealed(rowsOf(this.#database.image), account!.user, vault!);
      await this.#session.leave((draft) => lock(draft, kept));
    }
    this.#engine.signedOut();
  }

  /** Return the answer of any endpoint, such as `request("GET", "/devices")`; throws BesideError. */
  async request(method: string, path: string, body?: object): Promise<any> {
    if (this.#session.account?.accessToken == null) return this.#http.call(method, path, body);
    return this.#session.using((token) => this.#http.call(method, path, body, token));
  }

  // What

  /** Do something. It is stored when this resolves; throws BesideError `outbox_full`, or what the store throws. */
  async do<N extends CommandName>(name: N, args: Commands[N]): Promise<Sent> {
    const sent = await this.#store(name, args);
    if (name === URGENT && this.#isAutomatic) void this.#urge(sent.mutation);
    this.#engine.wake();
    return { id: sent.mutation.id, outcome: sent.outcome };
  }

  /** Call for help: before all that waits, and at once, in a request of its own. */
  async sos(args: Omit<Commands["sos.raise"], "id"> & { id?: string }): Promise<Sent> {
    return this.do("sos.raise", { id: this.id(), ...args });
  }

  /** Return a new id for a record. */
  id(): string {
    return uuid7(this.#now());
  }

  /** Return the records of a kind, in the order in which they are shown. */
  records<K extends Kind>(query: Query<K>): Readable<Row<K>[]> {
    return this.#view.query(query);
  }

  /** Return one record, of the user's private space if none is named. */
  record<K extends Kind>(kind: K, id: string, space?: string): Readable<Row<K> | undefined> {
    const find = () => this.#view.row(kind, id, space ?? privateSpace(this.#view.user));
    return new Computed(this.#view, find, (groups) => groups === null || [...groups].some((one) => one.endsWith(` ${kind}`)));
  }

  /** Fetch a page of older messages; return whether there are more. Throws BesideError. */
  async history(space: string, limit = 100): Promise<boolean> {
    const before = this.#database.image.state("older")[space];
    if (before === undefined) return false;
    const path = `/spaces/${encodeURIComponent(space)}/history?before=${before}&limit=${limit}`;
    const { changes, more } = await this.request("GET", path);
    return this.#database.change((draft) => ({ result: takeHistory(draft, space, changes, more) }));
  }

  /** Tell whether a space has older messages, which `history` fetches. */
  hasHistory(space: string): boolean {
    return this.#database.image.state("older")[space] !== undefined;
  }

  /** Return how far a message of the user has come, as far as the pairing shows it. */
  state(message: Row<"message">): MessageState | undefined {
    return this.#view.state(message);
  }

  /** Return how many messages of others the user has not read. */
  unread(space: string): number {
    return this.#view.unread(space);
  }

  /** Say that the user has seen the messages of a space up to this `first_seq`. */
  async read(space: string, firstSeq: number): Promise<void> {
    if (firstSeq > this.#view.position(space, "read")) await this.do("position.read", { space, seq: firstSeq });
  }

  /** Return the newest messages and notes on this phone that hold a text; case and accents do not matter. */
  search(text: string, query?: { space?: string; limit?: number }): Row[] {
    return this.#view.search(text, query);
  }

  // How things are

  /** Forget a mutation that got a final no, once the user has seen it. */
  async dismiss(id: string): Promise<void> {
    await this.#database.change((draft) => ({ result: draft.write("refused", id, undefined) }));
  }

  /** Where this phone is: its cursor, and up to which `seq` it has each space. */
  get position(): { cursor: string | null; positions: Readonly<Record<string, number>> } {
    const { image } = this.#database;
    return { cursor: image.state("cursor"), positions: image.state("positions") };
  }

  /** Send what waits and fetch what is new, until nothing is left; throws BesideError. For background tasks. */
  async sync(): Promise<void> {
    this.#engine.rounds.miss();
    await this.#engine.rounds.all();
  }

  /** Sync soon: the app is seen again, the network is back, or a push has come. Browsers call it by themselves. */
  wake(): void {
    if (this.#isAutomatic) this.#engine.refresh();
  }

  /** End: nothing is sent or heard any more, and another tab takes over. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#engine.stop();
    this.#channel.close();
    await this.#database.close();
  }

  get #isAutomatic(): boolean {
    return this.#options.automatic ?? true;
  }

  #begin(problem: string | null): void {
    const tell = (status: Partial<Status>) => this.#status.set({ ...this.#status.value, ...status });
    tell({ problem, waiting: this.#database.image.outbox.length });
    this.#engine.connection.subscribe((state) => tell({ state }));
    this.#engine.problem.subscribe((found) => tell({ problem: found ?? problem }));
    this.#database.listen(({ outcomes }) => {
      for (const outcome of outcomes.filter(isFinal)) this.#resolve(outcome);
      const { length } = this.#database.image.outbox;
      if (length !== this.#status.value.waiting) tell({ waiting: length });
    });
    if (!this.#isAutomatic) return;
    this.#engine.start();
    this.#listen();
    if (this.#options.delivered ?? true) receipts(this.#database, this.#view, this);
  }

  /** Sync when a browser says that the network is back, or that the app is seen again. */
  #listen(): void {
    if (typeof window === "undefined" || typeof window.addEventListener !== "function") return;
    const { signal } = this.#ending;
    window.addEventListener("online", () => this.wake(), { signal });
    window.addEventListener("pageshow", () => this.wake(), { signal });
    if (typeof document === "undefined") return;
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake(), { signal });
  }

  async #store<N extends CommandName>(name: N, args: Commands[N]) {
    const mutation = await this.#database.change((draft) => ({ result: enqueue(draft, name, args, this.#now()) }));
    const outcome = new Promise<Outcome>((resolve) => this.#waiting.set(mutation.id, resolve));
    return { mutation, outcome };
  }

  #resolve(outcome: Outcome): void {
    this.#waiting.get(outcome.id)?.(outcome);
    this.#waiting.delete(outcome.id);
  }

  /** Send a call for help at once. If that fails it stays at the front of the outbox. */
  async #urge(mutation: Mutation): Promise<void> {
    await this.#engine.rounds.alone(mutation).catch(() => this.#engine.wake());
  }

  async #enter(path: string, asked: { handle: string; passphrase: string; code?: string }): Promise<Who> {
    const device = this.#options.device === undefined ? {} : { device: this.#options.device };
    const account = await this.#session.enter(path, { ...asked, ...device }, asked.handle);
    await this.#open(asked.passphrase);
    this.#engine.refresh();
    return who(account)!;
  }

  /** Open what this user has left here, or make a vault for the next time. */
  async #open(passphrase: string): Promise<void> {
    const kept = this.#database.image.state("sealed");
    if (kept === null && !this.#options.sealable) return;
    const { newVault, opened, restore } = await import("./seal.js");
    const rows = kept === null ? [] : await opened(kept, passphrase).catch(() => []);
    const vault = this.#options.sealable ? await newVault(passphrase) : null;
    await this.#database.change((draft) => {
      if (kept !== null) restore(draft, rows);
      draft.set("vault", vault);
      return { result: undefined };
    });
  }
}

function who(account: Account | null): Who | null {
  if (account?.accessToken == null) return null;
  const { user, device, role, handle } = account;
  return { user, device, role, handle };
}

/** Return `who`, and the same object while it is the same user on the same device. */
function steady(): (account: Account | null) => Who | null {
  let last: Who | null = null;
  return (account) => {
    const now = who(account);
    if (now?.user !== last?.user || now?.device !== last?.device || now?.role !== last?.role) last = now;
    return last;
  };
}
