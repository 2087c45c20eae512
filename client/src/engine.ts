/** Automatic syncing: one of the open tabs makes rounds of sync and keeps a live connection. */

import type { Database } from "./database.js";
import type { Http } from "./http.js";
import { Live, type Listener } from "./live.js";
import { asFault, isNotYet, retryAfter } from "./protocol.js";
import { pause } from "./pause.js";
import { Rounds } from "./rounds.js";
import type { Session } from "./session.js";
import type { Channel, Locks } from "./tabs.js";
import type { Trace } from "./trace.js";
import { Observable } from "./observable.js";
import type { Connect } from "./wire.js";

const SOONEST = 1_000; // ms before the first retry; doubled by each failure up to LATEST, plus up to half at random
const LATEST = 40_000;
const EARLY = 60_000; // ms before a token expires at which an open connection gets a newer one

/** The state of the connection between this phone and the server. */
export type Connection = "signed out" | "offline" | "catching up" | "live";

/** The parts that an engine works with. */
export interface Parts {
  readonly url: string;
  readonly database: Database;
  readonly session: Session;
  readonly http: Http;
  readonly channel: Channel;
  readonly locks: Locks;
  readonly connect: Connect;
  readonly trace: Trace;
  readonly now: () => number;
}

export class Engine {
  readonly rounds: Rounds;
  readonly connection = new Observable<Connection>("signed out");
  readonly problem = new Observable<string | null>(null); // error code of failing rounds, except `offline`
  readonly #parts: Parts;
  readonly #live: Live;
  readonly #stopping = new AbortController();
  #device: string | null = null; // the id of the device that is signed in
  #isLeading = false;
  #isWorking = false;
  #isWanted = false; // another round is needed
  #isHeld = false; // the server has named a time for the next try, which has not come yet
  #failures = 0; // since the last successful connection
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Parts) {
    const { channel, database, session } = (this.#parts = parts);
    this.#live = new Live(parts.url, parts.connect, this.#listener());
    this.rounds = new Rounds(database, session, parts.http, this.#live, parts.locks, parts.trace);
    channel.listen("wake", () => this.#isLeading && this.wake());
    channel.listen("refresh", () => this.#isLeading && this.refresh());
    channel.listen("connection", (body) => !this.#isLeading && this.connection.set(body as Connection));
    database.listen(({ writes }) => this.#follow(writes === null));
    this.#follow(false);
  }

  /** Tell whether this tab is the one that syncs. */
  get isLeading(): boolean {
    return this.#isLeading;
  }

  /** Start syncing as soon as no other tab leads. */
  start(): void {
    void this.#parts.locks.alone("sync", () => this.#lead(), this.#stopping.signal).catch(() => {});
    this.#parts.channel.tell("wake"); // the leading tab answers with its connection state
  }

  /** Send the waiting mutations now. */
  wake(): void {
    if (!this.#isLeading) return this.#parts.channel.tell("wake");
    this.#say(this.connection.value);
    if (this.#device !== null) void this.#work();
  }

  /** Send mutations and fetch changes: the network is back, the app is visible again, or a push has come. */
  refresh(): void {
    this.rounds.miss();
    if (this.#isLeading) this.wake();
    else this.#parts.channel.tell("refresh");
  }

  stop(): void {
    this.#stopping.abort();
    this.#isLeading = false;
    this.#live.close();
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
  }

  /** Sync until this tab ends; then the lock is free for another one. */
  async #lead(): Promise<void> {
    const { signal } = this.#stopping;
    // The former leader may have died between a write and its message, so load again. Storage may fail for a while.
    while (!(await this.#parts.database.reload().then(() => true, () => signal.aborted))) await pause(SOONEST);
    if (signal.aborted) return;
    this.#isLeading = true;
    this.wake();
    await new Promise((done) => signal.addEventListener("abort", done));
  }

  /** Reconnect if any tab has signed in another account, or signed out. */
  #follow(isReloaded: boolean): void {
    const account = this.#parts.session.account;
    const device = account?.accessToken == null ? null : account.device;
    if (device !== this.#device) {
      this.#device = device;
      this.#isHeld = false;
      this.rounds.miss();
      this.#live.close();
      this.connection.set(device === null ? "signed out" : "offline");
      if (this.#isLeading) this.wake();
    } else if (isReloaded && this.#isLeading) this.wake(); // another tab may have put something into the outbox
  }

  async #work(): Promise<void> {
    this.#isWanted = true;
    if (this.#isWorking || this.#isHeld) return;
    this.#isWorking = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#isWanted && this.#isLeading) {
        this.#isWanted = false;
        await this.#connect();
        await this.rounds.all();
      }
      this.problem.set(null);
      this.#say(this.#live.isConnected ? "live" : "catching up");
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isWorking = false;
    }
  }

  async #connect(): Promise<void> {
    if (this.rounds.isStale) this.#say("catching up");
    if (this.#live.isOpen) return;
    const token = await this.#parts.session.token();
    const { image } = this.#parts.database;
    if (this.#isLeading) this.#live.open({ token, cursor: image.state("cursor"), seen: image.state("seen") });
  }

  /** Say what is wrong, and try again later. */
  #fail(error: unknown): void {
    if (this.#device === null) return;
    const fault = asFault(error);
    if (fault.code !== "offline") this.problem.set(isNotYet(fault) ? null : fault.code);
    else if (!this.#live.isConnected) this.#say("offline");
    const wait = retryAfter(fault);
    this.#later(wait && wait * (1 + Math.random() / 2));
  }

  /**
   * Try again later: after `wait` ms if the server has named a time, else after a random time that grows with each
   * failure, so that the phones do not all come back at once.
   */
  #later(wait: number | null): void {
    if (!this.#isLeading || (wait === null && this.#timer !== undefined)) return;
    const most = Math.min(LATEST, SOONEST * 2 ** this.#failures);
    this.#failures += 1;
    this.#isHeld = wait !== null;
    clearTimeout(this.#timer);
    const again = () => {
      this.#isHeld = false;
      this.refresh();
    };
    this.#timer = setTimeout(again, wait ?? most * (1 + Math.random() / 2));
  }

  #say(connection: Connection): void {
    this.connection.set(connection);
    this.#parts.channel.tell("connection", connection);
  }

  #listener(): Listener {
    const { session, trace } = this.#parts;
    const heard = (what: string, body: unknown) => trace({ direction: "down", what, body });
    const taken = (written: Promise<void>, then: () => void) => void written.then(then).catch((error) => this.#fail(error));
    return {
      connected: ({ token, cursor }) => {
        trace({ direction: "up", what: "connect", body: { cursor } });
        this.#failures = 0;
        this.#renewLater(token);
        if (cursor === null) this.refresh(); // to a phone with a cursor the server sends a page by itself
      },
      closed: ({ token }, error, wait) => {
        heard("disconnect", {});
        this.#say("catching up");
        const isRefused = error.code === "unauthenticated";
        const renewed = isRefused ? session.renewed(token, this.#device ?? "").catch(() => {}) : Promise.resolve();
        void renewed.then(() => this.#later(wait));
      },
      page: (page, asked) => {
        heard("page", page);
        taken(this.rounds.take(page, asked), () => this.wake());
      },
      frame: (frame) => {
        heard("change", frame);
        taken(this.rounds.hear(frame), () => this.rounds.isStale && this.wake());
      },
      missed: () => {
        heard("missed", {});
        this.refresh();
      },
    };
  }

  /** Give the open connection a newer token before the one it has expires. */
  #renewLater(used: string): void {
    clearTimeout(this.#renewal);
    const { session, now } = this.#parts;
    const device = this.#device ?? "";
    const renew = async () => {
      const token = await session.renewed(used, device);
      await this.#live.call("renew", { token });
      this.#renewLater(token);
    };
    const expires = session.account?.expires ?? 0;
    this.#renewal = setTimeout(() => void renew().catch(() => {}), Math.max(SOONEST, expires - EARLY - now()));
  }
}
