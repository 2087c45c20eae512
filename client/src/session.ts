/** Signing in and out, and the tokens: only one tab at a time renews them, and they are stored before they are used. */

import type { Database } from "./database.js";
import type { Http } from "./http.js";
import type { Account, Draft } from "./image.js";
import { BesideError, signedOut, type Tokens } from "./protocol.js";
import { startOver } from "./replica.js";
import type { Store } from "./store.js";
import type { Locks } from "./tabs.js";

const EARLY = 30_000; // ms before a token expires at which it is renewed
const FAREWELL = 3_000; // ms that signing out waits for the server: at a shared computer, users do not wait longer
const ENDED = ["unauthenticated", "forbidden", "suspended", "bad_request"]; // answers to a refresh that are final

const KEYED = new Set(["/login", "/recover"]); // where a device key lets tries on this phone count separately

type Change = (draft: Draft) => void;

export class Session {
  readonly #database: Database;
  readonly #store: Store;
  readonly #http: Http;
  readonly #locks: Locks;
  readonly #now: () => number;

  constructor(database: Database, store: Store, http: Http, locks: Locks, now: () => number) {
    this.#database = database;
    this.#store = store;
    this.#http = http;
    this.#locks = locks;
    this.#now = now;
  }

  /** The account that is signed in; its access token is null if the user has to sign in again. */
  get account(): Account | null {
    return this.#database.image.state("account");
  }

  /**
   * Sign in at `path`, any endpoint that gives tokens; `handle` is stored to be shown. The data of another user is
   * erased. The change that `prepare` returns is written together with the account. Throws BesideError.
   */
  async enter(path: string, body: object, handle: string | null, prepare: (user: string) => Promise<Change>): Promise<Account> {
    const key = this.#database.image.state("deviceKey")[plain(handle ?? "")];
    const proof = KEYED.has(path) && key !== undefined ? { device_key: key } : {};
    const tokens: Tokens = await this.#http.call("POST", path, { ...body, ...proof });
    const change = await prepare(tokens.user);
    return this.#locks.alone("tokens", () =>
      this.#keep(tokens, handle, (draft) => {
        const before = draft.state("account");
        if (before !== null && before.user !== tokens.user) erase(draft);
        if (draft.state("sealed")?.user !== tokens.user) draft.set("sealed", null);
        change(draft);
        if (handle !== null && tokens.device_key !== undefined) {
          draft.set("deviceKey", { ...draft.state("deviceKey"), [plain(handle)]: tokens.device_key });
        }
      }),
    );
  }

  /** Sign out here, and at the server if it can be reached; the change that `prepare` returns says what is kept. */
  async leave(prepare: () => Promise<Change>): Promise<void> {
    const told = this.using((token) => this.#http.call("POST", "/logout", undefined, token)).catch(() => {});
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([told, new Promise((done) => (timer = setTimeout(done, FAREWELL)))]);
    clearTimeout(timer);
    await this.#locks.alone("tokens", async () => {
      const change = await prepare();
      await this.#database.change((draft) => {
        erase(draft);
        return { result: change(draft) };
      });
    });
  }

  /** Return an access token that is valid, as far as this phone knows; throws BesideError. */
  async token(): Promise<string> {
    const account = this.account;
    if (account?.accessToken == null) throw signedOut();
    if (account.expires - EARLY > this.#now()) return account.accessToken;
    return this.renewed(account.accessToken, account.device);
  }

  /**
   * Return an access token of `device` that is newer than `used`. Throws BesideError, `unauthenticated` also if another
   * account has signed in meanwhile, so that no request of one user is sent for another.
   */
  renewed(used: string, device: string): Promise<string> {
    return this.#locks.alone("tokens", async () => {
      const stored = (await this.#store.get("state", "account")) as Account | undefined;
      if (stored?.accessToken == null || stored.refreshToken === null) throw signedOut();
      if (stored.device !== device) throw signedOut();
      if (stored.accessToken !== used) return stored.accessToken; // another tab was first
      const tokens = await this.#traded(stored.refreshToken);
      return (await this.#keep(tokens, stored.handle)).accessToken!;
    });
  }

  /** Call `work` with an access token, and again with a new token if the first one is refused. */
  async using<T>(work: (token: string) => Promise<T>): Promise<T> {
    const device = this.account?.device ?? "";
    const token = await this.token();
    try {
      return await work(token);
    } catch (error) {
      if (!(error instanceof BesideError && error.code === "unauthenticated")) throw error;
      return work(await this.renewed(token, device));
    }
  }

  async #traded(refresh: string): Promise<Tokens> {
    try {
      return await this.#http.call("POST", "/refresh", { refresh_token: refresh });
    } catch (error) {
      if (error instanceof BesideError && ENDED.includes(error.code)) await this.#expel();
      throw error;
    }
  }

  /** Store that the user has to sign in again. Replica and outbox stay: they are the user's. */
  #expel(): Promise<void> {
    return this.#database.change((draft) => {
      const account = draft.state("account");
      if (account !== null) draft.set("account", { ...account, accessToken: null, refreshToken: null });
      return { result: undefined };
    });
  }

  #keep(tokens: Tokens, handle: string | null, change: Change = () => {}): Promise<Account> {
    const account: Account = {
      user: tokens.user,
      device: tokens.device,
      role: tokens.role,
      handle,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token,
      expires: this.#now() + tokens.expires_at - tokens.server_time,
    };
    return this.#database.change((draft) => {
      change(draft);
      draft.set("account", account);
      return { result: account };
    });
  }
}

/** Return a handle as the server compares it: whoever signed in as "Ann" may recover as "ann". */
export function plain(handle: string): string {
  return handle.normalize("NFKC").trim().toLowerCase();
}

/** Erase a user's data. Device keys stay: with them the server counts wrong passphrases on this phone separately. */
function erase(draft: Draft): void {
  startOver(draft);
  for (const [key] of draft.waiting()) draft.write("outbox", key, undefined);
  for (const { id } of draft.image.refused) draft.write("refused", id, undefined);
  draft.write("state", "clock", undefined);
  for (const name of ["account", "vault", "sealed"] as const) draft.set(name, null);
}
