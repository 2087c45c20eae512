/** What goes by itself: in one tab of those that are open, rounds of sync and a live connection, again and again. */

import type { io } from "socket.io-client";
import type { Database } from "./database.js";
import type { Http } from "./http.js";
import { Live } from "./live.js";
import { BesideError, isNotYet, retryAfter } from "./protocol.js";
import { Rounds } from "./rounds.js";
import type { Session } from "./session.js";
import type { Channel, Locks } from "./tabs.js";
import type { Trace } from "./trace.js";
import { Observable } from "./observable.js";

const SOONEST = 1_000; // ms, about, before a round that failed is made again; then twice that, and so on
const LATEST = 60_000;
const POLL = 30_000; // ms between two looks for what is new while there is no live connection
const EARLY = 60_000; // ms before a token expires in which an open connection gets a newer one

/** How far this phone is with the server. */
export type Connection = "signed out" | "offline" | "catching up" | "live";

/** The parts that an engine works with. */
export interface Parts {
  readonly url: string;
  readonly database: Database;
  readonly session: Session;
  readonly http: Http;
  readonly channel: Channel;
  readonly locks: Locks;
  readonly connect: typeof io;
  readonly trace: Trace;
  readonly now: () => number;
}

export class Engine {
  readonly rounds: Rounds;
  readonly connection = new Observable<Connection>("offline");
  readonly problem = new Observable<string | null>(null); // why rounds fail, other than for want of a network
  readonly #parts: Parts;
  readonly #live: Live;
  readonly #stopping = new AbortController();
  #isLeading = false;
  #isWorking = false;
  #isWanted = false; // something has come up during a round
  #tries = 0;
  #notBefore = 0; // ms: when the server wants to be asked again
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#live = new Live(parts.url, parts.connect, this.#listener());
    this.rounds = new Rounds(parts.database, parts.session, parts.http, this.#live, parts.trace);
    this.connection.set(parts.session.account?.accessToken == null ? "signed out" : "offline");
    parts.channel.listen("wake", () => this.#isLeading && this.wake());
    parts.channel.listen("connection", (body) => !this.#isLeading && this.connection.set(body as Connection));
  }

  /** Begin, as soon as no other tab leads. */
  start(): void {
    void this.#parts.locks.alone("sync", () => this.#lead(), this.#stopping.signal).catch(() => {});
    this.#parts.channel.tell("wake"); // the tab that leads says how things are
  }

  /** Look now for what is to be done: something waits, the network is back, or the app is seen again. */
  wake(): void {
    if (!this.#isLeading) {
      this.#parts.channel.tell("wake");
      return;
    }
    this.#say(this.connection.value);
    if (this.#parts.session.account?.accessToken == null) return this.#say("signed out");
    this.#live.wake();
    void this.#work();
  }

  /** Fetch what is new at the next round, and make it now. */
  refresh(): void {
    this.rounds.miss();
    this.wake();
  }

  /** End the connection of a user who has signed out. */
  signedOut(): void {
    this.#live.drop();
    this.rounds.miss();
    this.#say("signed out");
  }

  stop(): void {
    this.#stopping.abort();
    this.#live.stop();
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
  }

  /** Sync until this tab ends; then the lock is free for another one. */
  async #lead(): Promise<void> {
    this.#isLeading = true;
    await this.#parts.database.reload(); // the tab that led before may have died between a write and its message
    this.wake();
    await new Promise<void>((done) => {
      if (this.#stopping.signal.aborted) done();
      else this.#stopping.signal.addEventListener("abort", () => done());
    });
  }

  async #work(): Promise<void> {
    this.#isWanted = true;
    if (this.#isWorking || this.#parts.now() < this.#notBefore) return;
    this.#isWorking = true;
    clearTimeout(this.#timer);
    try {
      while (this.#isWanted) {
        this.#isWanted = false;
        if (this.rounds.isStale) this.#say("catching up");
        await this.rounds.all();
      }
      this.#tries = 0;
      this.problem.set(null);
      this.#say(this.#live.isConnected ? "live" : "catching up");
      if (!this.#live.isConnected) this.#later(POLL, true);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isWorking = false;
    }
  }

  #fail(error: unknown): void {
    const isOffline = error instanceof BesideError && error.code === "offline";
    if (!isOffline && !(error instanceof BesideError && isNotYet(error))) this.problem.set(problemOf(error));
    if (this.#parts.session.account?.accessToken == null) {
      this.#live.drop();
      return this.#say("signed out");
    }
    if (isOffline && !this.#live.isConnected) this.#say("offline");
    const wait = error instanceof BesideError ? retryAfter(error) : null;
    this.#notBefore = wait === null ? 0 : this.#parts.now() + wait;
    const most = Math.min(LATEST, SOONEST * 2 ** this.#tries);
    this.#tries += 1;
    this.#later((wait ?? most) * (1 + Math.random() / 2), false);
  }

  #later(ms: number, isPoll: boolean): void {
    clearTimeout(this.#timer);
    if (this.#stopping.signal.aborted) return;
    this.#timer = setTimeout(() => (isPoll ? this.refresh() : this.wake()), ms);
  }

  #say(connection: Connection): void {
    this.connection.set(connection);
    this.#parts.channel.tell("connection", connection);
  }

  #listener() {
    const { session, database, trace } = this.#parts;
    return {
      greeting: async () => {
        if (session.account?.accessToken == null) return null;
        const token = await session.token();
        return { token, cursor: database.image.state("cursor"), seen: database.image.state("seen") };
      },
      connected: (cursor: string | null) => {
        trace({ direction: "up", what: "connect", body: { cursor } });
        this.#renew();
        if (cursor === null) this.refresh();
        else void this.#work();
      },
      disconnected: () => {
        trace({ direction: "down", what: "disconnect", body: {} });
        if (this.connection.value !== "signed out") this.#say("offline");
        this.#later(POLL, true);
      },
      refused: async (token: string) => void (await session.renewed(token)),
      page: (page: Parameters<Rounds["take"]>[0], asked: string | null) => {
        trace({ direction: "down", what: "page", body: page });
        void this.rounds.take(page, asked).then(() => this.#work());
      },
      frame: (frame: Parameters<Rounds["hear"]>[0]) => {
        trace({ direction: "down", what: "change", body: frame });
        void this.rounds.hear(frame).then(() => (this.rounds.isStale ? this.#work() : undefined));
      },
      missed: () => {
        trace({ direction: "down", what: "missed", body: {} });
        this.refresh();
      },
    };
  }

  /** Give the open connection a newer token before the one it has expires. */
  #renew(): void {
    clearTimeout(this.#renewal);
    const { session, now } = this.#parts;
    const account = session.account;
    if (account?.accessToken == null) return;
    const used = account.accessToken;
    this.#renewal = setTimeout(
      async () => {
        try {
          if (!this.#live.isConnected) return;
          await this.#live.call("renew", { token: await session.renewed(used) });
          this.#renew();
        } catch {
          this.#live.drop(); // it comes back with a newer token, once there is one
          this.wake();
        }
      },
      Math.max(1_000, account.expires - EARLY - now()),
    );
  }
}

/** Return what a failure means: the code of a refusal, or what is wrong with the storage. */
function problemOf(error: unknown): string {
  if (error instanceof BesideError) return error.code;
  return (error as Error | undefined)?.name === "QuotaExceededError" ? "storage full" : "storage failed";
}
