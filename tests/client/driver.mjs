// Phones of @beside/client, which a test program drives by lines of JSON. A request is {"id", "do", "phone", ...}, its
// reply {"id", "phone", "answer" or "error"}. A phone without an address sends its HTTP requests to the test program as
// {"ask", "phone", "method", "path", "body"}, and gets {"answers", "status", "body"}.

import { createInterface } from "node:readline";
import { Beside } from "../../client/dist/beside.js";
import { Database } from "../../client/dist/database.js";
import { Http } from "../../client/dist/http.js";
import { BesideError } from "../../client/dist/protocol.js";
import { takeOutcomes } from "../../client/dist/replica.js";
import { Rounds } from "../../client/dist/rounds.js";
import { Session } from "../../client/dist/session.js";
import { Channel, Locks } from "../../client/dist/tabs.js";
import { Mortal, openStore } from "./stores.mjs";

const phones = new Map();
const asked = new Map(); // {number of an HTTP request: resolve}
let questions = 0;

/** One phone: the API of apps, and the inner parts by which a simulated network reaches it. */
class Phone {
  events = []; // the trace since it was last read
  now = 0;
  limit = 500; // changes in a page
  #dead;
  death = new Promise((_, failed) => (this.#dead = failed));

  constructor(name, store, { address = null, headers = {} }) {
    Object.assign(this, { name, store, address, headers });
    this.death.catch(() => {});
  }

  /** Open the phone on its store. If the store has no account, `account` is stored as the signed-in one. */
  async open({ account, options = {}, mortal = null }) {
    const store = new Mortal(this.store, mortal, () => this.#dead(Object.assign(new Error("killed"), { code: "killed" })));
    if (account && (await store.get("state", "account")) === undefined) {
      await this.store.write([{ table: "state", key: "account", value: account }], (await this.store.load()).revision);
    }
    const trace = (event) => this.events.push(event);
    const fetcher = (url, how) => (this.address === null ? this.#ask(url, how) : this.#fetch(url, how));
    const url = this.address ?? "http://beside.invalid";
    const given = { url, store, automatic: false, fetch: fetcher, now: () => this.now, trace, ...options };
    const [channel, locks] = [new Channel(null), new Locks(null)];
    this.database = await Database.open(store, channel);
    this.beside = new Beside(given, this.database, store, channel, locks, null);
    const http = new Http(url, fetcher);
    const session = new Session(this.database, store, http, locks, given.now);
    this.rounds = new Rounds(this.database, session, http, { isConnected: false }, locks, trace);
    this.mortal = store;
  }

  get image() {
    return this.database.image;
  }

  /** Return the answer that the test program gives to an HTTP request. */
  #ask(url, { method, body }) {
    const { pathname, search } = new URL(url);
    const number = (questions += 1);
    say({ ask: number, phone: this.name, method, path: pathname + search, body: body === undefined ? null : this.#limited(body) });
    return new Promise((done, failed) =>
      asked.set(number, ({ status, body }) =>
        status === 0 ? failed(new TypeError("nobody answers")) : done(new Response(JSON.stringify(body), { status })),
      ),
    );
  }

  /** Return a body with the page limit that the test program has set. */
  #limited(body) {
    const asked = JSON.parse(body);
    return asked.limit === undefined ? asked : { ...asked, limit: this.limit };
  }

  /** Send a request to the server at the current address. */
  #fetch(url, how) {
    const { pathname, search } = new URL(url);
    const body = how.body === undefined ? {} : { body: JSON.stringify(this.#limited(how.body)) };
    return fetch(this.address + pathname + search, { ...how, ...body, headers: { ...how.headers, ...this.headers } });
  }
}

const wishes = {
  async open({ name, now, store = "memory", kill, ...how }) {
    const phone = Object.assign(new Phone(name, await openStore(store, name, kill), how), { now });
    await phone.open(how);
    phones.set(name, phone);
  },
  /** Kill the app, and start it again on its store. */
  async restart({ name, phone, ...how }) {
    const again = Object.assign(new Phone(name, phone.store, phone), { now: phone.now });
    await again.open(how);
    phones.set(name, again);
  },
  close: ({ phone }) => phone.beside.close(),
  forget: ({ name }) => void phones.delete(name),
  at: ({ phone, address }) => void (phone.address = address),
  mortal: ({ phone, mortal }) => void (phone.mortal.plan = mortal),

  does: async ({ phone, command, args }) => {
    const { id } = await phone.beside.do(command, args);
    return phone.image.outbox.find((mutation) => mutation.id === id);
  },
  push: ({ phone }) => phone.rounds.all(),
  sync: async ({ phone, limit }) => {
    phone.limit = limit;
    await phone.beside.sync().finally(() => (phone.limit = 500));
  },
  scroll: ({ phone, space, limit }) => phone.beside.history(space, limit),
  settle: async ({ phone, outcomes }) => {
    const isWhole = await phone.database.change((draft) => ({ result: takeOutcomes(draft, outcomes), outcomes }));
    if (!isWhole) phone.rounds.miss();
  },
  take: ({ phone, page, asked: cursor }) => phone.rounds.take(page, cursor),
  hear: ({ phone, frame }) => phone.rounds.hear(frame),

  state: ({ phone: { image, rounds } }) => ({
    records: [...image.groups.values()].flatMap((group) => [...group.values()]),
    outbox: image.outbox,
    refused: image.refused,
    stale: rounds.isStale,
    account: image.state("account"),
    ...Object.fromEntries(["cursor", "positions", "seen", "older", "clock"].map((name) => [name, image.state(name)])),
  }),
  records: ({ phone, kind, space }) => phone.beside.records({ kind, ...(space && { space }) }).value,
  places: ({ phone }) => phone.beside.spaces.value,
  unread: ({ phone, space }) => phone.beside.unread(space),
  events: ({ phone }) => phone.events.splice(0),
  status: ({ phone }) => phone.beside.status.value,
};

function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function told(error) {
  if (error instanceof BesideError) return { code: error.code, message: error.message, details: error.details };
  return { code: error.code ?? "failed", message: `${error.stack}`, details: {} };
}

async function grant({ id, do: what, phone: name, now, ...wish }) {
  const phone = phones.get(name);
  if (phone && now !== undefined) phone.now = now;
  const work = Promise.resolve().then(() => wishes[what]({ ...wish, name, now, phone }));
  const answer = await (phone && what !== "restart" ? Promise.race([work, phone.death]) : work).then(
    (done) => ({ answer: done ?? null }),
    (error) => ({ error: told(error) }),
  );
  say({ id, phone: name, ...answer });
}

for await (const line of createInterface({ input: process.stdin })) {
  const heard = JSON.parse(line);
  if (heard.answers === undefined) void grant(heard);
  else {
    asked.get(heard.answers)(heard);
    asked.delete(heard.answers);
  }
}
process.exit();
