// WatermelonDB databases in memory, each with the code of docs/watermelondb.md, and faults on their way to the server.
// Usage: node watermelondb.mjs <folder of that code>; then a JSON line {id, do, app, ...} on stdin for each wish.

import { register } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Network } from "./network.mjs";
import { turbocharged } from "./turbo.mjs";

register("./bundler.mjs", import.meta.url);
console.log = console.debug = console.error; // stdout is for answers

const documented = (name) => import(pathToFileURL(resolve(process.argv[2], name)));
const theirs = async (path) => (await import(`@nozbe/watermelondb${path}`)).default;
const { Database } = await theirs("");
const { schemaMigrations, createTable, addColumns } = await theirs("/Schema/migrations");
const { hasUnsyncedChanges } = await theirs("/sync");
const { getLastPulledAt, setLastPulledAt } = await theirs("/sync/impl");
const { diagnoseSyncConsistency } = await theirs("/diagnostics");
const { default: LokiJSAdapter } = await theirs("/adapters/lokijs");
const { default: logger } = await theirs("/utils/common/logger");
const { schemaOf, modelsOf } = await documented("models.mjs");
const { session } = await documented("session.mjs");
const { syncer } = await documented("sync.mjs");
const { keepInSync } = await documented("live.mjs");
const chat = await documented("messages.mjs");
const trust = await documented("trust.mjs");

const complaints = [];
logger.silence();
logger.error = logger.warn = (...words) => complaints.push(words.map(String).join(" "));

const IN_MEMORY = { useWebWorker: false, useIncrementalIndexedDB: true, extraLokiOptions: { autosave: false } };

/** One phone: a database, and the way to the server. */
class App {
  constructor({ address, tokens, schema, options = {} }) {
    Object.assign(this, { address, tokens, options, network: new Network() });
    const save = async (fresh) => (this.tokens = fresh);
    this.token = session({ address, load: async () => this.tokens, save }).token;
    this.#use(turbocharged(new LokiJSAdapter({ schema: schemaOf(schema), ...IN_MEMORY })), schema);
  }

  /** Install a newer version of the app: another schema, the same data. */
  async upgrade({ schema, steps, options }) {
    this.options = options;
    const migrations = schemaMigrations({ migrations: [{ toVersion: schema.version, steps: steps.map(step) }] });
    const adapter = this.database.adapter.underlyingAdapter;
    await new Promise((saved) => adapter._driver.loki.saveDatabase(saved));
    this.#use(await adapter.testClone({ schema: schemaOf(schema), migrations }), schema);
  }

  #use(adapter, schema) {
    this.database = new Database({ adapter, modelClasses: modelsOf(schema) });
    const request = (url, how) => this.network.fetch(url, how);
    this.sync = syncer({ ...this, request, ...this.options });
  }

  async find(table, row) {
    return this.database.get(table).find(row);
  }

  async post(path, body) {
    const headers = { Authorization: `Bearer ${this.tokens.access_token}`, "Content-Type": "application/json" };
    const response = await this.network.fetch(this.address + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
  }

  async raw({ lastPulledAt }) {
    const headers = { Authorization: `Bearer ${this.tokens.access_token}` };
    const url = `${this.address}/api/v1/adapters/watermelondb/sync?last_pulled_at=${lastPulledAt}`;
    return (await (await fetch(url, { headers })).json()).changes;
  }
}

const step = ({ create, table, columns }) => (create ? createTable(create) : addColumns({ table, columns }));
const write = (app, work) => app.database.write(work);

const apps = new Map();
const wishes = {
  open: (_, { app, ...how }) => void apps.set(app, new App(how)),
  upgrade: (app, how) => app.upgrade(how),
  sync: (app) => app.sync(),
  create: async (app, { table, fields: { id, ...fields } }) => {
    const made = (row) => Object.assign(row, fields) && id && (row._raw.id = id);
    return (await write(app, () => app.database.get(table).create(made))).id;
  },
  update: (app, { table, row, fields }) =>
    write(app, async () => void (await (await app.find(table, row)).update((it) => Object.assign(it, fields)))),
  delete: (app, { table, row }) => write(app, async () => (await app.find(table, row)).markAsDeleted()),
  rows: async (app, { table }) => (await app.database.get(table).query().fetch()).map((row) => row._raw),
  deleted: (app, { table }) => app.database.adapter.getDeletedRecords(table),
  send: async (app, { space, text }) => {
    await setTimeout(2); // nobody says two things in one millisecond
    return (await chat.send(app.database, space, text)).id;
  },
  edit: async (app, { row, text }) => void (await chat.edit(app.database, await app.find("message", row), text)),
  remove: async (app, { row }) => chat.remove(app.database, await app.find("message", row)),
  read: async (app, { space, upTo }) => void (await chat.markRead(app.database, space, upTo)),
  texts: async (app, { space }) => (await chat.messagesOf(app.database, space)).map((message) => message.text),
  trust: async (app, { call, args }) => {
    const post = (path, body) => app.post(path, body);
    const done = await trust[call](app.database, ...args.map((arg) => (arg === "post" ? post : arg)));
    return done instanceof Set ? [...done] : (done?.id ?? null);
  },
  live: (app) => void (app.end = keepInSync({ ...app, pause: 50 })),
  end: (app) => app.end(),
  dirty: (app) => hasUnsyncedChanges(app),
  cursor: (app) => getLastPulledAt(app.database),
  setCursor: (app, { cursor }) => setLastPulledAt(app.database, cursor),
  token: (app) => app.tokens.access_token,
  setTokens: (app, { tokens }) => void (app.tokens = tokens),
  fault: (app, { name, on }) => app.network.plan(name, on),
  heal: (app) => app.network.heal(),
  reached: (app) => app.network.reached(),
  release: (app) => app.network.release(),
  exchanges: (app) => app.network.exchanges.splice(0),
  diagnose: (app) =>
    diagnoseSyncConsistency({ db: app.database, synchronize: app.sync, pullChanges: (from) => app.raw(from) }),
  complaints: () => complaints.splice(0),
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, do: name, ...wish } = JSON.parse(line);
  const answer = await Promise.resolve()
    .then(() => wishes[name](apps.get(wish.app), wish))
    .then((said) => ({ answer: said ?? null }))
    .catch((error) => ({ error: `${error.status ?? ""} ${error.code ?? ""} ${error.message}` }));
  process.stdout.write(`${JSON.stringify({ id, ...answer })}\n`);
});
