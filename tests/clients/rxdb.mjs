// Apps that do as they are told: {"id", "do", ...} on a line of input, {"id", "answer" or "error"} on a line of output.
//
//   node rxdb.mjs FOLDER_17 FOLDER_16        where the files of docs/rxdb.md are, for RxDB 17 and for RxDB 16

import { createInterface } from "node:readline";
import { EventSource } from "eventsource";

const FILES = ["session", "beside", "events", "conflicts", "rebuild", "collections", "app", "chat", "matching", "trust"];
const PARTS = ["", "/plugins/storage-memory", "/plugins/validate-ajv"];
const [folder17, folder16] = process.argv.slice(2);
const LIBRARIES = { 17: await library("rxdb", folder17), 16: await library("rxdb16", folder16) };

const LIVE = {
  socket: ({ docs }, server) => docs.beside.live(server),
  sse: ({ docs }, server) => docs.events.live(server),
  poll: () => ({ changes: () => undefined, close: () => {} }),
};
const CONFLICTS = {
  default: () => undefined,
  client: ({ defaultConflictHandler }) => ({ ...defaultConflictHandler, resolve: (conflict) => conflict.newDocumentState }),
  merge: ({ docs }, collection) => docs.conflicts.keepMine[collection],
};

const apps = {};
const sources = []; // every EventSource there is
globalThis.EventSource = class extends EventSource {
  constructor(...args) {
    super(...args);
    sources.push(this);
  }
};

const wishes = {
  /** Open a database and keep it in step with the server; return the names of its collections. */
  async open({ name, version, address, pulls, tokens, live, gate, conflicts, collections, schemas, retry }) {
    const lib = LIBRARIES[version];
    const kept = stored(tokens);
    const { token } = lib.docs.session.session({ address, ...kept });
    const server = new (unreliable(lib.docs.beside.Beside))(address, token);
    if (pulls) server.pulls = new lib.docs.beside.Beside(pulls, token); // another worker, which all pulls reach
    const definitions = {};
    for (const it of collections ?? Object.keys(schemas)) {
      const { [it]: documented } = lib.docs.collections.definitions(schemas, [it]);
      definitions[it] = { ...documented, conflictHandler: CONFLICTS[conflicts](lib, it) };
    }
    const database = await lib.createRxDatabase({ name, storage: memory(lib), multiInstance: false });
    await database.addCollections(definitions);
    const app = { lib, kept, server, database, live: LIVE[live](lib, server), replications: {}, errors: [], rebuilt: [], heard: 0 };
    app.live.socket?.on("sync:changes", () => (app.heard += 1));
    const tooOld = async ({ name: it }) => {
      await lib.docs.rebuild.rebuild(app.replications[it], definitions[it], start);
      app.rebuilt.push(it);
    };
    const start = (collection) => {
      const turn = gate ? undefined : (handler) => handler;
      const replication = lib.docs.beside.replicate(collection, server, app.live, { turn, tooOld });
      replication.retryTime = retry;
      replication.error$.subscribe((error) => app.errors.push(told(error)));
      return (app.replications[collection.name] = replication);
    };
    Object.values(database.collections).forEach(start);
    apps[name] = app;
    return Object.keys(definitions);
  },

  /** Open the app of the documentation as it is written there. */
  async documented({ name, version, address, tokens, schemas }) {
    const lib = LIBRARIES[version];
    const app = await lib.docs.app.open({ address, ...stored(tokens), storage: memory(lib), schemas });
    apps[name] = { ...app, lib, live: app.changes, errors: [], server: {} };
    return Object.keys(app.database.collections);
  },

  insert: async ({ app, collection, row }) => (await app.database[collection].insert(row)).id,
  bulk: async ({ app, collection, rows }) => (await app.database[collection].bulkInsert(rows)).error,
  patch: async ({ app, collection, row, fields }) => (await found(app, collection, row)).incrementalPatch(fields).then(() => row),
  remove: async ({ app, collection, row }) => (await found(app, collection, row)).incrementalRemove().then(() => row),
  rows: async ({ app, collection }) => (await app.database[collection].find().exec()).map((row) => row.toJSON()),
  pending: async ({ app, collection }) => (await app.lib.docs.rebuild.unsent(app.replications[collection])).map(({ id }) => id),

  say: async ({ app, space, text, reply_to }) => (await app.lib.docs.chat.say(app.database, space, text, reply_to)).id,
  markRead: async ({ app, space, first_seq }) => (await app.lib.docs.chat.markRead(app.database, space, { first_seq })).id,
  ask: async ({ app, topics, more }) => (await app.lib.docs.matching.ask(app.database, topics, more)).id,
  choose: async ({ app, request, person }) => void (await app.lib.docs.matching.choose(app.database, request, person)),
  accept: async ({ app, offer }) => void (await app.lib.docs.matching.accept(app.database, offer)),
  sign: async ({ app, agreement }) => void (await app.lib.docs.matching.sign(app.database, agreement)),
  share: async ({ app, fact, tier }) => void (await app.lib.docs.matching.share(app.database, fact, tier)),
  /** Call a function of the documentation's trust.mjs. */
  trust: async ({ app, call, args }) => {
    const done = await app.lib.docs.trust[call](app.database, ...args.map((arg) => (arg === "server" ? app.server : arg)));
    return done instanceof Set ? [...done] : (done?.id ?? done);
  },
  /** Return the documented names of the collections of an app. */
  suggested: ({ app }) => ({ peer: app.lib.docs.collections.PEER, specialist: app.lib.docs.collections.SPECIALIST }),

  /** Return the documented list of messages as it is shown now. */
  listen: ({ app, space }) =>
    new Promise((done) => {
      const shown = app.lib.docs.chat.listen(app.database, space, (messages) => {
        done(messages.map(({ text }) => text));
        setTimeout(() => shown.unsubscribe());
      });
    }),

  resync: ({ app, collection }) => app.replications[collection].reSync(),
  inSync: ({ app, collection }) => app.replications[collection].awaitInSync(),
  errors: ({ app }) => app.errors,
  rebuilt: ({ app }) => app.rebuilt,
  heard: ({ app }) => app.heard,
  asked: ({ app }) => app.server.asked.splice(0),
  answered: ({ app }) => app.server.asked.length,
  held: ({ app }) => app.server.held,
  token: ({ app }) => app.kept.tokens?.access_token ?? null,

  /**
   * Let the next requests whose path ends with `on` meet a fault: lost, unanswered, {delay, wait} in ms, or held:
   * {after} holds a request back until one whose path ends like this has been done, {until} its answer.
   */
  fault: ({ app, on, times = 1, ...fault }) => app.server.faults.push({ on, times, ...fault }),
  offline: ({ app, offline }) => {
    app.server.offline = offline;
    if (app.live.socket) offline ? app.live.socket.disconnect() : app.live.socket.connect();
    else if (offline) wishes.cut({ app });
  },
  /** Cut the live connection as a tunnel does. */
  cut({ app }) {
    if (app.live.socket?.connected) app.live.socket.io.engine.close();
    for (const source of app.live.socket ? [] : sources.filter(({ url, readyState }) => readyState < 2 && mine(app, url))) {
      source.close();
      source.onerror();
    }
  },
  connected: ({ app }) => app.live.socket?.connected ?? sources.some(({ url, readyState }) => readyState === 1 && mine(app, url)),
  async close({ app, name }) {
    app.live.close();
    await app.database.close();
    delete apps[name];
  },
};

/** Return where an app keeps its tokens. */
function stored(tokens) {
  const kept = { tokens, load: async () => kept.tokens, save: async (newer) => void (kept.tokens = newer) };
  return kept;
}

async function library(rxdb, folder) {
  const parts = await Promise.all(PARTS.map((part) => import(rxdb + part)));
  const files = await Promise.all(FILES.map(async (file) => [file, await import(`${folder}/${file}.mjs`)]));
  return Object.assign({}, ...parts, { docs: Object.fromEntries(files) });
}

/** Return the server of the documentation on a bad line. It notes what was asked and answered. */
function unreliable(Beside) {
  return class extends Beside {
    asked = [];
    faults = [];
    held = []; // requests that are held back
    underWay = []; // requests that the app waits for
    doneNext = []; // who waits for a request to be done
    offline = false;

    async send(path, body, token) {
      this.underWay.push(path);
      try {
        return await this.pass(path, body, token);
      } finally {
        this.underWay.splice(this.underWay.indexOf(path), 1);
      }
    }

    async pass(path, body, token) {
      const fault = this.faults.find(({ on, times }) => times > 0 && path.endsWith(on)) ?? {};
      fault.times -= 1;
      if (this.offline || fault.lost) throw new TypeError("lost before it was sent");
      await passed(fault.wait);
      if (fault.after) await this.done(fault.after, path);
      const response = await this.answer(path, body, token, fault);
      const during = this.underWay.filter((other) => other !== path);
      this.asked.push({ path, body, status: response.status, answer: await response.clone().json(), during });
      if (response.ok) this.doneNext = this.doneNext.filter(({ on, go }) => !path.endsWith(on) || go());
      else return response;
      if (fault.until) await this.done(fault.until, path);
      await passed(fault.delay);
      if (fault.unanswered) throw new TypeError("the answer was lost");
      return response;
    }

    /** Ask the server. What it could not do now, RxDB asks again: the order of requests is then meant for that one. */
    async answer(path, body, token, fault) {
      let response;
      try {
        const elsewhere = path.endsWith("/pull") && this.pulls;
        return (response = await (elsewhere ? elsewhere.send(path, body, token) : super.send(path, body, token)));
      } finally {
        if (!response?.ok && fault.until) fault.times += 1;
      }
    }

    /** Hold `path` until a request whose path ends with `on` has been done. */
    async done(on, path) {
      this.held.push(path);
      await new Promise((done) => this.doneNext.push({ on, go: () => void done() }));
      this.held.splice(this.held.indexOf(path), 1);
    }
  };
}

const memory = (lib) => lib.wrappedValidateAjvStorage({ storage: lib.getRxStorageMemory() });
const mine = (app, url) => app.kept.tokens && url.includes(encodeURIComponent(app.kept.tokens.access_token));
const passed = (ms = 0) => (ms ? new Promise((done) => setTimeout(done, ms)) : undefined);

async function found(app, collection, id) {
  const row = await app.database[collection].findOne(id).exec();
  if (!row) throw new Error(`there is no ${collection} ${id}`);
  return row;
}

function told({ code, message, parameters = {} }) {
  const causes = (parameters.errors ?? []).map((cause) => cause.code || cause.message);
  return { code, direction: parameters.direction, causes, refused: parameters.writeError?.validationErrors, message: message?.slice(0, 200) };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: what, ...wish } = JSON.parse(line);
  new Promise((done) => done(wishes[what]({ ...wish, app: apps[wish.name] }))).then(
    (answer) => console.log(JSON.stringify({ id, answer: answer ?? null })),
    (error) => console.log(JSON.stringify({ id, error: `${error.message}\n${error.stack}` })),
  );
}
process.exit();
