/** Rounds of sync: each sends waiting mutations and fetches new changes. */

import type { Database, Decision } from "./database.js";
import type { Http } from "./http.js";
import type { Live } from "./live.js";
import { load } from "./outbox.js";
import { BesideError, isFinal, isNotYet, offline } from "./protocol.js";
import type { Frame, Mutation, Outcome, Outcomes, Page } from "./protocol.js";
import { correctClock, startOver, takeFrame, takeHistory, takeOutcomes, takePage } from "./replica.js";
import type { Draft } from "./image.js";
import type { Session } from "./session.js";
import type { Locks } from "./tabs.js";
import type { Trace } from "./trace.js";

const PAGE = 500; // changes in one page

type Device = string | undefined;
type Verb = "push" | "pull" | "sync" | "mutate";

/** Makes rounds, over the live connection if there is one, else over HTTP. */
export class Rounds {
  readonly #database: Database;
  readonly #session: Session;
  readonly #http: Http;
  readonly #live: Live;
  readonly #locks: Locks;
  readonly #trace: Trace;
  #missed = 1; // how often a change may have been missed; at first, all were
  #fetched = 0; // the value of #missed when the last complete fetch began

  constructor(database: Database, session: Session, http: Http, live: Live, locks: Locks, trace: Trace) {
    this.#locks = locks;
    this.#database = database;
    this.#session = session;
    this.#http = http;
    this.#live = live;
    this.#trace = trace;
  }

  /** Whether a change may have been missed, so that the next round has to pull. */
  get isStale(): boolean {
    return this.#fetched < this.#missed;
  }

  /** Note that a change may have been missed. */
  miss(): void {
    this.#missed += 1;
  }

  /** Send and fetch until nothing is left to do. Only one tab at a time does this. Throws BesideError. */
  async all(): Promise<void> {
    await this.#locks.alone("rounds", async () => {
      while (this.#database.image.outbox.length > 0 || this.isStale) await this.#one();
    });
  }

  /** Send one mutation in a request of its own, even while a round is running, and store its outcome. */
  async alone(mutation: Mutation): Promise<void> {
    const device = this.#device;
    await this.#settle(device, [await this.ask(mutation)]);
  }

  /** Send one mutation in a request of its own and return its outcome, unstored; throws BesideError without one. */
  async ask(mutation: Mutation): Promise<Outcome> {
    const outcome: Outcome = await this.#call("mutate", mutation);
    if (!isFinal(outcome)) throw new BesideError(outcome.error!);
    return outcome;
  }

  /** Store a page that was asked for with the cursor `asked`. */
  async take(page: Page, asked: string | null): Promise<void> {
    const more = await this.#write(this.#device, (draft) => ({ result: takePage(draft, page, asked) }));
    if (more !== false) this.miss();
  }

  /** Store a live change. */
  async hear(frame: Frame): Promise<void> {
    const isNext = await this.#write(this.#device, (draft) => ({ result: takeFrame(draft, frame) }));
    if (!isNext) this.miss();
  }

  /** Fetch a page of older messages of a space; return whether there are more. */
  async history(space: string, before: number, limit: number): Promise<boolean> {
    const device = this.#device;
    const path = `/spaces/${encodeURIComponent(space)}/history?before=${before}&limit=${limit}`;
    const { changes, more } = await this.#session.using((token) => this.#http.call("GET", path, undefined, token));
    return (await this.#write(device, (draft) => ({ result: takeHistory(draft, space, before, changes, more) }))) ?? false;
  }

  async #one(): Promise<void> {
    const mutations = load(this.#database.image);
    try {
      if (!this.isStale) await this.#push(mutations);
      else await this.#fetch(mutations);
    } catch (error) {
      await this.#mend(error, mutations);
    }
  }

  async #push(mutations: readonly Mutation[]): Promise<void> {
    const device = this.#device;
    const answer: Outcomes = await this.#call("push", { mutations });
    await this.#settle(device, answer.outcomes);
    await this.#finish(device, answer, mutations);
  }

  async #fetch(mutations: readonly Mutation[]): Promise<void> {
    const { image } = this.#database;
    const device = this.#device;
    const asked = image.state("cursor");
    const missed = this.#missed; // a change that is missed from here on may come too late for this page
    const asking = { cursor: asked, seen: image.state("seen"), limit: PAGE };
    const asks = mutations.length > 0 ? this.#call("sync", { mutations, ...asking }) : this.#call("pull", asking);
    const answer: Page & Partial<Outcomes> = await asks;
    const outcomes = answer.outcomes ?? [];
    const more = await this.#write(device, (draft) => {
      const taken = takeOutcomes(draft, outcomes, true); // the page fills every gap before them
      return { result: takePage(draft, answer, asked), outcomes: taken };
    });
    if (more === false) this.#fetched = missed;
    await this.#finish(device, answer, mutations);
  }

  /** Correct the clock, and throw the error of an answer in which the server could not decide all mutations yet. */
  async #finish(device: Device, answer: Partial<Outcomes> & Pick<Outcomes, "server_time">, sent: readonly Mutation[]) {
    await this.#write(device, (draft) => ({ result: correctClock(draft, answer.server_time) }));
    if (answer.later !== undefined) throw new BesideError(answer.later);
    if (sent.length > 0 && !answer.outcomes?.some(isFinal)) throw offline("The server decided nothing.");
  }

  /** Store the outcomes of mutations. */
  async #settle(device: Device, outcomes: readonly Outcome[]): Promise<void> {
    const taken = await this.#write(device, (draft) => {
      const found = takeOutcomes(draft, outcomes);
      return { result: found, outcomes: found };
    });
    if (taken?.length !== outcomes.filter(isFinal).length) this.miss();
  }

  /** The id of the device that is signed in. */
  get #device(): Device {
    return this.#session.account?.device;
  }

  /** Write what came for a device. Writes nothing and returns null if that device is not signed in any more. */
  #write<T>(device: Device, decide: (draft: Draft) => Decision<T>): Promise<T | null> {
    const isSame = (draft: Draft) => device !== undefined && draft.state("account")?.device === device;
    return this.#database.change<T | null>((draft) => (isSame(draft) ? decide(draft) : { result: null }));
  }

  /** Recover from the error of a whole request, or throw it: then the same request is sent again later. */
  async #mend(error: unknown, mutations: readonly Mutation[]): Promise<void> {
    if (!(error instanceof BesideError) || error.code === "offline" || isNotYet(error)) throw error;
    const isCursor = error.code === "bad_request" && error.details["field"] === "cursor";
    if (isCursor || error.code === "resync_required") {
      // Without the cursor the server cannot say what to drop: a space that is gone, a record whose tombstone has expired.
      await this.#database.change((draft) => ({ result: startOver(draft) }));
      this.miss();
    } else if (["bad_request", "too_large"].includes(error.code) && mutations.length > 0) {
      for (const mutation of mutations) await this.#byItself(mutation);
    } else throw error;
  }

  /** Send one mutation of a push that was refused as a whole. If it is refused again, store it as refused. */
  async #byItself(mutation: Mutation): Promise<void> {
    try {
      await this.alone(mutation);
    } catch (error) {
      if (!(error instanceof BesideError) || !["bad_request", "too_large"].includes(error.code)) throw error;
      const { code, message, details } = error;
      await this.#settle(this.#device, [{ id: mutation.id, ok: false, error: { code, message, details } }]);
    }
  }

  async #call(verb: Verb, body: object): Promise<any> {
    this.#trace({ direction: "up", what: verb, body });
    const answer = await this.#session.using((token) => this.#sent(verb, body, token));
    this.#trace({ direction: "down", what: verb, body: answer });
    return answer;
  }

  /** Send over the socket if it is connected, but a single mutation over HTTP, where no earlier request delays it. */
  async #sent(verb: Verb, body: object, token: string): Promise<any> {
    if (verb !== "mutate" && this.#live.isConnected) return this.#live.call(verb, body);
    return this.#http.call("POST", `/${verb}`, body, token);
  }
}
