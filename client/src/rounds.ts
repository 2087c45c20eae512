/** Rounds of sync: what waits in the outbox goes up, and what is new comes down. */

import type { Database } from "./database.js";
import type { Http } from "./http.js";
import type { Live } from "./live.js";
import { load } from "./outbox.js";
import { BesideError, isFinal, isNotYet, offline } from "./protocol.js";
import type { Frame, Mutation, Outcome, Outcomes, Page } from "./protocol.js";
import { correctClock, startOver, takeFrame, takeOutcomes, takePage } from "./replica.js";
import type { Session } from "./session.js";
import type { Trace } from "./trace.js";

const PAGE = 500; // changes in one page

type Verb = "push" | "pull" | "sync" | "mutate";

/** Makes rounds: each sends what waits and fetches what is new. */
export class Rounds {
  readonly #database: Database;
  readonly #session: Session;
  readonly #http: Http;
  readonly #live: Live | null;
  readonly #trace: Trace;
  #missed = 1; // how often something may have been missed
  #fetched = 0; // how much of that the last page has brought

  constructor(database: Database, session: Session, http: Http, live: Live | null, trace: Trace) {
    this.#database = database;
    this.#session = session;
    this.#http = http;
    this.#live = live;
    this.#trace = trace;
  }

  /** Whether something may have been missed, so that the next round has to pull. */
  get isStale(): boolean {
    return this.#fetched < this.#missed;
  }

  /** Take note that something may have been missed. */
  miss(): void {
    this.#missed += 1;
  }

  /** Send and fetch until nothing is left to do; throws BesideError. */
  async all(limit = PAGE): Promise<void> {
    while (this.#database.image.outbox.length > 0 || this.isStale) await this.#one(limit);
  }

  /** Send one mutation by itself, before all others and beside what is on its way. */
  async alone(mutation: Mutation): Promise<void> {
    const outcome: Outcome = await this.#call("mutate", mutation);
    if (!isFinal(outcome)) throw new BesideError(outcome.error!);
    await this.settle([outcome]);
  }

  /** Store what became of mutations. */
  async settle(outcomes: readonly Outcome[]): Promise<void> {
    await this.#database.change((draft) => {
      if (!takeOutcomes(draft, outcomes)) this.miss();
      return { result: undefined, outcomes };
    });
  }

  /** Store a page that was asked for with the cursor `asked`. */
  async take(page: Page, asked: string | null): Promise<void> {
    const more = await this.#database.change((draft) => ({ result: takePage(draft, page, asked) }));
    if (more !== false) this.miss();
  }

  /** Store a live change. */
  async hear(frame: Frame): Promise<void> {
    const isNext = await this.#database.change((draft) => ({ result: takeFrame(draft, frame) }));
    if (!isNext) this.miss();
  }

  async #one(limit: number): Promise<void> {
    const mutations = load(this.#database.image);
    try {
      if (!this.isStale) await this.#push(mutations);
      else if (mutations.length > 0) await this.#fetch("sync", mutations, limit);
      else await this.#fetch("pull", mutations, limit);
    } catch (error) {
      await this.#mend(error, mutations);
    }
  }

  async #push(mutations: readonly Mutation[]): Promise<void> {
    const answer: Outcomes = await this.#call("push", { mutations });
    await this.settle(answer.outcomes);
    await this.#finish(answer, mutations);
  }

  async #fetch(verb: "sync" | "pull", mutations: readonly Mutation[], limit: number): Promise<void> {
    const { image } = this.#database;
    const asked = image.state("cursor");
    const missed = this.#missed; // a change that is missed from here on may come too late for this page
    const asking = { cursor: asked, seen: image.state("seen"), limit };
    const answer: Page & Partial<Outcomes> = await this.#call(verb, verb === "sync" ? { mutations, ...asking } : asking);
    const outcomes = answer.outcomes ?? [];
    const more = await this.#database.change((draft) => {
      takeOutcomes(draft, outcomes); // what is missing before them is in the page
      return { result: takePage(draft, answer, asked), outcomes };
    });
    if (more === false) this.#fetched = missed;
    await this.#finish(answer, mutations);
  }

  /** Correct the clock, and throw what the server said about mutations that it could not decide yet. */
  async #finish({ later, outcomes, server_time }: Partial<Outcomes> & Pick<Outcomes, "server_time">, sent: readonly Mutation[]) {
    await this.#database.change((draft) => {
      correctClock(draft, server_time);
      return { result: undefined };
    });
    if (later !== undefined) throw new BesideError(later);
    if (sent.length > 0 && !outcomes?.some(isFinal)) throw offline("The server decided nothing of what was sent.");
  }

  /** Do what a refusal of a whole request asks for, or throw it: then the same is sent again later. */
  async #mend(error: unknown, mutations: readonly Mutation[]): Promise<void> {
    if (!(error instanceof BesideError) || error.code === "offline" || isNotYet(error)) throw error;
    const isCursor = error.code === "bad_request" && error.details["field"] === "cursor";
    if (isCursor || error.code === "resync_required") {
      await this.#database.change((draft) => {
        if (isCursor) draft.set("cursor", null);
        else startOver(draft);
        return { result: undefined };
      });
      this.miss();
    } else if (["bad_request", "too_large"].includes(error.code) && mutations.length > 0) {
      for (const mutation of mutations) await this.#byItself(mutation);
    } else throw error;
  }

  /** Send a mutation of a push that was refused as a whole; set it aside if it is the one that is refused. */
  async #byItself(mutation: Mutation): Promise<void> {
    try {
      await this.alone(mutation);
    } catch (error) {
      if (!(error instanceof BesideError) || !["bad_request", "too_large"].includes(error.code)) throw error;
      const { code, message, details } = error;
      await this.settle([{ id: mutation.id, ok: false, error: { code, message, details } }]);
    }
  }

  async #call(verb: Verb, body: object): Promise<any> {
    this.#trace({ direction: "up", what: verb, body });
    const answer = await this.#session.using((token) => this.#sent(verb, body, token));
    this.#trace({ direction: "down", what: verb, body: answer });
    return answer;
  }

  /** Send over the socket if it is there, but an SOS in a request of its own: nothing before it can hold it up. */
  async #sent(verb: Verb, body: object, token: string): Promise<any> {
    if (verb !== "mutate" && this.#live?.isConnected) return this.#live.call(verb, body);
    return this.#http.call("POST", `/${verb}`, body, token);
  }
}
