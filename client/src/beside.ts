/** The public API of the client: one phone of one user. */

import { receipts } from "./delivered.js";
import { Database } from "./database.js";
import { Engine } from "./engine.js";
import type { CommandName, Commands, Kind } from "./generated.js";
import { Http } from "./http.js";
import { uuid7 } from "./ids.js";
import { Draft, type Refused } from "./image.js";
import { openIndexedDB } from "./indexeddb.js";
import { Observable, type Readable } from "./observable.js";
import type { Options } from "./options.js";
import { enqueue, URGENT } from "./outbox.js";
import { Outcomes, type Sent } from "./outcomes.js";
import { listen } from "./page.js";
import type { Passkeys } from "./passkeys.js";
import { BesideError, privateSpace, type Mutation } from "./protocol.js";
import { Session, plain } from "./session.js";
import type { Status } from "./status.js";
import { MemoryStore, type Store } from "./store.js";
import { Channel, Locks } from "./tabs.js";
import { sendUnstored } from "./unstored.js";
import { View, type MessageState, type Place, type Query, type Row } from "./view.js";
import { steady, who, type Who } from "./who.js";
import { connect } from "./wire.js";

/** Open a phone. The records that it has stored are readable at once, before any request to the server. */
export async function open(options: Options): Promise<Beside> {
  const name = options.name ?? "beside";
  const found = options.store ?? (await openIndexedDB(name).catch(() => null));
  const store = found ?? new MemoryStore();
  const shared = options.store === undefined && found !== null ? `beside/${name}` : null;
  const channel = new Channel(shared);
  const database = await Database.open(store, channel);
  return new Beside(options, database, store, channel, new Locks(shared), found === null ? "storage_unavailable" : null);
}

export class Beside {
  readonly session: Readable<Who | null>;
  readonly status: Readable<Status>;
  readonly outbox: Readable<readonly Mutation[]>;
  readonly refused: Readable<readonly Refused[]>;
  readonly spaces: Readable<readonly Place[]>;
  readonly #options: Options;
  readonly #database: Database;
  readonly #store: Store;
  readonly #session: Session;
  readonly #http: Http;
  readonly #channel: Channel;
  readonly #engine: Engine;
  readonly #view: View;
  readonly #status: Observable<Status>;
  readonly #now: () => number;
  readonly #outcomes: Outcomes;
  readonly #ending = new AbortController();

  /** Use `open` instead. `problem` is `storage_unavailable` if everything is only in memory, else null. */
  constructor(options: Options, database: Database, store: Store, channel: Channel, locks: Locks, problem: string | null) {
    const { image } = database;
    this.#options = options;
    this.#database = database;
    this.#store = store;
    this.#channel = channel;
    this.#now = options.now ?? Date.now;
    this.#http = new Http(options.url, options.fetch ?? ((address, asked) => fetch(address, asked)));
    this.#session = new Session(database, store, this.#http, locks, this.#now);
    const parts = { url: options.url, database, session: this.#session, http: this.#http, channel, locks, now: this.#now };
    this.#engine = new Engine({ ...parts, connect: options.socket ?? connect, trace: options.trace ?? (() => {}) });
    this.#outcomes = new Outcomes(image);
    this.#view = new View(database, options.guesses ?? {});
    const known = steady();
    this.session = this.#view.computed(() => known(image.state("account")));
    this.outbox = this.#view.computed(() => image.outbox);
    this.refused = this.#view.computed(() => image.refused);
    this.spaces = this.#view.computed(() => this.#view.places());
    this.status = this.#status = new Observable<Status>({ state: "offline", waiting: 0, problem });
    this.#follow(problem);
    if (this.#isAutomatic) this.#start();
  }

  // Accounts and sessions

  /** Make an account and sign in; throws BesideError. */
  async register(asked: { handle: string; passphrase: string }): Promise<Who> {
    return this.#enter("/register", asked);
  }

  /** Sign in; throws BesideError, for example `second_factor_required`: then send `totp`, too. */
  async signIn(asked: { handle: string; passphrase: string; totp?: string }): Promise<Who> {
    return this.#enter("/login", asked);
  }

  /** Sign in with a recovery code, and a new passphrase or, if the second factor is lost, the old one. */
  async recover(asked: { handle: string; code: string; new_passphrase?: string; passphrase?: string; totp?: string }): Promise<Who> {
    return this.#enter("/recover", asked);
  }

  /** Sign in by a passkey that the user chooses; throws BesideError, or the error of the browser. */
  async passkey(): Promise<Who> {
    return who(await (await this.passkeys()).signIn())!;
  }

  /** Return the passkey functions. Their code is loaded when they are first asked for. */
  async passkeys(): Promise<Passkeys> {
    const { Passkeys } = await import("./passkeys.js");
    return new Passkeys(this.#session, this.#http, this.#options.device);
  }

  /**
   * Sign out. Replica and outbox are erased; with `sealed` they stay, encrypted, until the same user signs in again
   * with the same passphrase. Throws BesideError `not_sealable` if they cannot be sealed; then nothing has happened.
   */
  async signOut({ sealed: isSealed = false } = {}): Promise<void> {
    if (!isSealed) return this.#session.leave(async () => () => {});
    const { account } = this.#session;
    const vault = this.#database.image.state("vault");
    if (account === null || vault === null) {
      const message = "Nothing can be sealed: open with `sealable`, sign in with a passphrase.";
      throw new BesideError({ code: "not_sealable", message });
    }
    const { sealed } = await import("./seal.js");
    await this.#session.leave(async () => {
      const kept = await sealed(await this.#store.load(), account.user, vault);
      return (draft) => draft.set("sealed", kept);
    });
  }

  /**
   * Delete the account, and erase its data on this phone. `proof` is `{passphrase, code?}` or another proof that
   * `DELETE /account` takes. `said` decides about the user's words to others: they are erased (the default), or stay
   * without a name. Throws BesideError; then nothing was deleted, except that after `offline` this is not known.
   */
  async deleteAccount(proof: object, options: { readonly said?: "erased" | "unnamed" } = {}): Promise<void> {
    const handle = this.#session.account?.handle ?? "";
    await this.request("DELETE", "/account", { ...proof, ...options });
    await this.#session.leave(async () => (draft) => {
      const { [plain(handle)]: _, ...others } = draft.state("deviceKey");
      draft.set("deviceKey", others);
    });
  }

  /** Return the answer of any endpoint, such as `request("GET", "/devices")`; throws BesideError. */
  async request(method: string, path: string, body?: object): Promise<any> {
    if (this.#session.account?.accessToken == null) return this.#http.call(method, path, body);
    return this.#session.using((token) => this.#http.call(method, path, body, token));
  }

  // Mutations and records

  /**
   * Put a mutation into the outbox. It is stored when this resolves. A call for help (`sos.raise`) is accepted even if
   * it cannot be stored: it is then sent for as long as the app is open. Throws BesideError `unauthenticated`,
   * `outbox_full`, `storage_full` or `storage_failed`; then the mutation is neither stored nor sent.
   */
  async do<N extends CommandName>(name: N, args: Commands[N]): Promise<Sent> {
    const put = (draft: Draft) => ({ result: enqueue(draft, name, args, this.#now()) });
    const mutation = await this.#database.change(put).catch((error: BesideError) => {
      if (name !== URGENT || !error.code.startsWith("storage_")) throw error;
      return null;
    });
    if (mutation === null) {
      const { result } = put(new Draft(this.#database.image));
      return { id: result.id, outcome: sendUnstored(this.#engine.rounds, result, this.#ending.signal) };
    }
    const outcome = this.#outcomes.of(mutation.id);
    if (name === URGENT && this.#isAutomatic) void this.#urge(mutation);
    this.#engine.wake();
    return { id: mutation.id, outcome };
  }

  /** Call for help: sent at once, in a request of its own, before all waiting mutations. */
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

  /** Return one record; without `space`, from the user's private space. */
  record<K extends Kind>(kind: K, id: string, space?: string): Readable<Row<K> | undefined> {
    return this.#view.computed(() => this.#view.row(kind, id, space ?? privateSpace(this.#view.user)), { kind });
  }

  /** Fetch a page of older messages; return whether there are more. Throws BesideError. */
  async history(space: string, limit = 100): Promise<boolean> {
    const before = this.#database.image.state("older")[space];
    if (before === undefined) return false;
    return this.#engine.rounds.history(space, before, limit);
  }

  /** Tell whether a space has older messages, which `history` fetches. */
  hasHistory(space: string): boolean {
    return this.#database.image.state("older")[space] !== undefined;
  }

  /** Return the delivery state of a message of the user, as far as the pairing shows it; else undefined. */
  state(message: Row<"message">): MessageState | undefined {
    return this.#view.state(message);
  }

  /** Return how many messages of others the user has not read. */
  unread(space: string): number {
    return this.#view.unread(space);
  }

  /** Mark the messages of a space as read, up to this `first_seq`. */
  async read(space: string, firstSeq: number): Promise<void> {
    if (firstSeq > this.#view.position(space, "read")) await this.do("position.read", { space, seq: firstSeq });
  }

  /** Return notes, then messages on this phone that contain a text; case and accents do not matter. */
  search(text: string, query?: { space?: string; limit?: number }): Row[] {
    return this.#view.search(text, query);
  }

  // The state of this phone

  /** Delete a refused mutation from `refused`, once the user has seen the refusal. */
  async dismiss(id: string): Promise<void> {
    await this.#database.change((draft) => ({ result: draft.write("refused", id, undefined) }));
  }

  /** How far this phone has read: its cursor, and for each space the `seq` up to which it has every change. */
  get position(): { cursor: string | null; positions: Readonly<Record<string, number>> } {
    const { image } = this.#database;
    return { cursor: image.state("cursor"), positions: image.state("positions") };
  }

  /** Send all waiting mutations and fetch all new changes; throws BesideError. For background tasks. */
  async sync(): Promise<void> {
    this.#engine.rounds.miss();
    await this.#engine.rounds.all();
  }

  /** Sync soon. Call it when a push has come. Browsers call it when the page is visible or online again. */
  wake(): void {
    if (this.#isAutomatic) this.#engine.refresh();
  }

  /** Stop sending and receiving, and close the database. Another open tab then takes over. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#engine.stop();
    this.#channel.close();
    await this.#database.close();
  }

  get #isAutomatic(): boolean {
    return this.#options.automatic ?? true;
  }

  /** Keep `status` up to date, and resolve the promises of outcomes. */
  #follow(problem: string | null): void {
    const { connection, problem: refusal } = this.#engine;
    const { image, problem: failure } = this.#database;
    const tell = () => {
      const found = failure.value?.code ?? refusal.value ?? problem;
      const now: Status = { state: connection.value, waiting: image.outbox.length, problem: found };
      if (JSON.stringify(now) !== JSON.stringify(this.#status.value)) this.#status.set(now);
    };
    for (const part of [connection, refusal, failure]) part.subscribe(tell);
    this.#database.listen(({ outcomes }) => {
      this.#outcomes.tell(outcomes);
      tell();
    });
  }

  #start(): void {
    this.#engine.start();
    const wake = () => this.wake();
    listen({ wake, reload: () => void this.#database.reload().then(wake) }, this.#ending.signal);
    if (this.#options.delivered ?? true) receipts(this.#database, this.#view, this.#engine, this);
  }

  /** Send a call for help at once. If that fails it stays at the front of the outbox. */
  async #urge(mutation: Mutation): Promise<void> {
    await this.#engine.rounds.alone(mutation).catch(() => {});
    const isWaiting = this.#database.image.outbox.some(({ id }) => id === mutation.id);
    if (isWaiting) this.#engine.refresh();
  }

  async #enter(path: string, asked: { handle: string; passphrase?: string; new_passphrase?: string }): Promise<Who> {
    const { device, sealable: isSealable = false } = this.#options;
    const prepare = async (user: string) => {
      const sealed = this.#database.image.state("sealed");
      const kept = sealed?.user === user ? sealed : null;
      if (kept === null && !isSealable) return () => {};
      return (await import("./seal.js")).opening(kept, asked.new_passphrase ?? asked.passphrase ?? "", isSealable);
    };
    return who(await this.#session.enter(path, { ...asked, device }, asked.handle, prepare))!;
  }
}
