// Checks @beside/client when accounts change, answers come late, the storage fails or the clock jumps. Each case gives
// true, or a text that says what was wrong. The results are printed as JSON.

import { Beside } from "../../client/dist/beside.js";
import { Database } from "../../client/dist/database.js";
import { MemoryStore } from "../../client/dist/store.js";
import { Channel, Locks } from "../../client/dist/tabs.js";

const URL = "http://beside.invalid";
const NOW = 1_795_352_768_209;
const EMPTY = { changes: [], positions: {}, history: {}, more: false, gone: [], reset: [], server_time: NOW };
const SECRET = { id: "n1", kind: "note", space: "user:ann", seq: 1, first_seq: 1, author: "ann", data: { title: "ann's" } };

/** A server that gives tokens to anybody, and lets a test answer the rest: `answers[path]` is a function of the body. */
class Server {
  answers = {};
  asked = [];

  fetch = async (address, { body }) => {
    const path = address.slice(`${URL}/api/v1`.length);
    this.asked.push(path);
    const said = body === undefined ? {} : JSON.parse(body);
    const answer = this.answers[path] ? await this.answers[path](said) : this.usual(path, said);
    return { status: answer?.error ? 400 : 200, text: async () => JSON.stringify(answer) };
  };

  usual(path, { handle, mutations = [] }) {
    const times = { expires_at: NOW + 600_000, server_time: NOW };
    if (path === "/login") return { user: handle, device: `of ${handle}`, role: "peer", access_token: "a", refresh_token: "r", device_key: "k", ...times };
    if (path === "/logout" || path === "/account") return {};
    const outcomes = mutations.map(({ id }) => ({ id, ok: true, changes: [] }));
    return { ...EMPTY, cursor: "c", outcomes };
  }
}

/** A socket that never connects by itself. */
class Socket {
  static opened = [];
  connected = false;
  listeners = {};

  constructor() {
    Socket.opened.push(this);
  }

  on(event, listener) {
    this.listeners[event] = listener;
  }

  say(event, body) {
    this.connected = event === "connect" || (this.connected && event !== "disconnect");
    this.listeners[event](body);
  }

  disconnect() {}
}

/** Return a phone, its database and its store. It syncs by itself only if the options say so. */
async function phone(server, { store = new MemoryStore(), automatic = false, now = () => NOW } = {}) {
  const [channel, locks] = [new Channel(null), new Locks(null)];
  const database = await Database.open(store, channel);
  const options = { url: URL, automatic, fetch: server.fetch, socket: () => new Socket(), now };
  return { beside: new Beside(options, database, store, channel, locks, null), database, store };
}

const signIn = (beside, handle) => beside.signIn({ handle, passphrase: "any" });
const codeOf = (promise) => promise.then(() => "no error", ({ code }) => code);
const until = async (check) => {
  for (let tries = 0; tries < 1000 && !check(); tries += 1) await new Promise((done) => setTimeout(done, 10));
  return check();
};
const note = (beside, id) => beside.do("note.put", { id, title: id, body: "" });

/** Return a promise, and the function that resolves it. */
function gate() {
  let open;
  return { passed: new Promise((done) => (open = done)), open };
}

const CASES = {
  async "a page that was asked for by one account is not stored for the next"() {
    const server = new Server();
    const { beside, store } = await phone(server);
    await signIn(beside, "ann");
    const { passed, open } = gate();
    server.answers["/pull"] = () => passed.then(() => ({ ...EMPTY, changes: [SECRET], cursor: "of ann" }));
    const syncing = beside.sync().catch(() => {});
    await until(() => server.asked.includes("/pull"));
    await beside.signOut();
    await signIn(beside, "bob");
    delete server.answers["/pull"];
    open();
    await syncing;
    return (await store.load()).rows.get("records").size === 0;
  },

  async "what is done while nobody is signed in is refused"() {
    const { beside } = await phone(new Server());
    const before = await codeOf(note(beside, "n1"));
    await signIn(beside, "ann");
    await beside.signOut();
    return [before, await codeOf(note(beside, "n2"))].join() === "unauthenticated,unauthenticated";
  },

  async "what another tab has sent has left the outbox after everything was read anew"() {
    const server = new Server();
    const one = await phone(server);
    const other = await phone(server, { store: one.store });
    await signIn(one.beside, "ann");
    const { outcome } = await note(one.beside, "n1");
    await other.database.reload();
    await other.beside.sync();
    await one.database.reload();
    return one.beside.outbox.value.length === 0 && (await outcome).ok;
  },

  async "an outcome is told for what was erased by signing out"() {
    const { beside } = await phone(new Server());
    await signIn(beside, "ann");
    const { outcome } = await note(beside, "n1");
    await beside.signOut();
    const { ok, error } = await outcome;
    return !ok && error.code === "signed_out";
  },

  async "two pushes are never on their way at once"() {
    const server = new Server();
    const { beside } = await phone(server);
    await signIn(beside, "ann");
    let [running, most] = [0, 0];
    server.answers["/sync"] = async ({ mutations }) => {
      most = Math.max(most, (running += 1));
      await new Promise((done) => setTimeout(done, 20));
      running -= 1;
      return { ...EMPTY, cursor: "c", outcomes: mutations.map(({ id }) => ({ id, ok: true, changes: [] })) };
    };
    for (const id of ["n1", "n2"]) await note(beside, id);
    await Promise.all([beside.sync(), beside.sync(), beside.sync()]);
    return most === 1;
  },

  async "a full disk is a BesideError, is in the status, and is over when it is"() {
    const { beside, store } = await phone(new Server());
    await signIn(beside, "ann");
    const write = store.write;
    store.write = async () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    const found = [await codeOf(note(beside, "n1")), beside.status.value.problem, beside.outbox.value.length];
    store.write = write;
    await note(beside, "n2");
    return [...found, beside.status.value.problem].join() === "storage_full,storage_full,0,";
  },

  async "a wall clock that goes back by a year does not hold up what the server wants to see later"() {
    const server = new Server();
    let now = NOW;
    const { beside } = await phone(server, { automatic: true, now: () => now });
    const later = { code: "rate_limited", message: "Later.", details: { retry_after: 0.05 } };
    server.answers["/pull"] = () => ({ error: later });
    await signIn(beside, "ann");
    await until(() => server.asked.includes("/pull"));
    now -= 365 * 24 * 3_600_000;
    delete server.answers["/pull"];
    const isSynced = await until(() => beside.position.cursor === "c");
    await beside.close();
    return isSynced;
  },

  async "after `restart` nobody connects before the time that the server has named"() {
    const server = new Server();
    const { beside } = await phone(server, { automatic: true });
    await signIn(beside, "ann");
    await until(() => Socket.opened.length > 0 && beside.position.cursor === "c");
    const before = Socket.opened.length;
    const socket = Socket.opened.at(-1);
    socket.say("restart", { reconnect_in: 400 });
    socket.say("disconnect", "transport close");
    await new Promise((done) => setTimeout(done, 20));
    await note(beside, "n1");
    await new Promise((done) => setTimeout(done, 100));
    const early = Socket.opened.length - before;
    const isBack = await until(() => Socket.opened.length > before);
    await beside.close();
    return early === 0 && isBack;
  },

  async "signing out does not wait for a server that does not answer"() {
    const server = new Server();
    const { beside, store } = await phone(server);
    await signIn(beside, "ann");
    await note(beside, "n1");
    server.answers["/logout"] = () => new Promise(() => {});
    const late = new Promise((done) => setTimeout(done, 20_000, "late").unref());
    const how = await Promise.race([beside.signOut().then(() => "out"), late]);
    return how === "out" && (await store.load()).rows.get("outbox").size === 0;
  },

  async "who signs out leaves the device key, and who deletes the account leaves nothing"() {
    const server = new Server();
    const { beside, store } = await phone(server);
    const keys = async () => Object.keys((await store.get("state", "deviceKey")) ?? {}).join();
    await signIn(beside, "bob");
    await beside.signOut();
    await signIn(beside, "ann");
    await note(beside, "n1");
    let deleted;
    server.answers["/account"] = (body) => ((deleted = body), {});
    await beside.deleteAccount({ passphrase: "a long one" }, { said: "unnamed" });
    const rows = (await store.load()).rows;
    const left = JSON.stringify([...rows.values()].map((table) => [...table]));
    return (await keys()) === "bob" && !left.includes("ann") && JSON.stringify(deleted) === '{"passphrase":"a long one","said":"unnamed"}';
  },

  async "a recovery proves that it comes from a known phone, as a sign-in does"() {
    const server = new Server();
    const { beside } = await phone(server);
    const keys = [];
    for (const path of ["/login", "/recover"]) {
      server.answers[path] = ({ device_key, ...said }) => (keys.push(device_key ?? "none"), server.usual("/login", said));
    }
    await signIn(beside, "ann");
    await beside.signOut();
    await beside.recover({ handle: " ANN", code: "c", new_passphrase: "a long one" });
    return keys.join() === "none,k";
  },

  async "many notes hide no message from a search, and the newest of all spaces come first"() {
    const server = new Server();
    const { beside } = await phone(server);
    await signIn(beside, "ann");
    const record = (space, kind, id, seq, data) => ({ space, kind, id, seq, first_seq: seq, author: "m", data, stamps: {} });
    const pairs = ["pair:a", "pair:b"];
    const changes = [
      ...pairs.map((space, at) => record("user:ann", "membership", space.replace(":", "."), at + 1, { space, member: "n" })),
      ...Array.from({ length: 101 }, (_, at) => record("user:ann", "note", `n${at}`, at + 3, { title: "garden", body: "" })),
      record("pair:a", "message", "m1", 9, { text: "The garden.", sent_at: 1 }),
      record("pair:b", "message", "m2", 2, { text: "A Gärden?", sent_at: 2 }),
    ];
    server.answers["/pull"] = () => ({ ...EMPTY, cursor: "c", changes });
    await beside.sync();
    const found = beside.search("garden");
    const messages = found.filter(({ kind }) => kind === "message").map(({ id }) => id);
    return found.length === 102 && found[0].id === "n100" && messages.join() === "m2,m1";
  },

  async "who signs out with a token that has expired is signed out at the server, too"() {
    const server = new Server();
    let now = NOW;
    const { beside } = await phone(server, { now: () => now });
    await signIn(beside, "ann");
    now += 700_000;
    const tokens = { user: "ann", device: "of ann", role: "peer", access_token: "b", refresh_token: "s", expires_at: 1, server_time: 0 };
    server.answers["/refresh"] = () => tokens;
    await beside.signOut();
    return server.asked.slice(-2).join() === "/refresh,/logout";
  },
};

const found = {};
for (const [name, run] of Object.entries(CASES)) found[name] = await run().catch((error) => String(error?.stack ?? error));
console.log(JSON.stringify(found));
process.exit(0); // or the request that is never answered would keep the process alive
