// A fake server and fake sockets in this process, for the tests of promises_*.mjs. The phone is the real one.

import { Beside } from "../../client/dist/beside.js";
import { Database } from "../../client/dist/database.js";
import { MemoryStore } from "../../client/dist/store.js";
import { Channel, Locks } from "../../client/dist/tabs.js";

export const SPACE = "pair:p";
export const MEMBERSHIP = {
  id: "pair.p", kind: "membership", space: "user:u", seq: 1, first_seq: 1, author: "u",
  data: { space: SPACE, member: "me", role: "peer" },
};
const PATIENCE = 20_000; // ms

/** Return a message of the other member. */
export function message(seq, more = {}) {
  const data = { text: `number ${seq}`, origin: "person" };
  return { id: `m${seq}`, kind: "message", space: SPACE, seq, first_seq: seq, author: "other", at: `${seq}-0`, data, ...more };
}

/** Return a page. */
export function page(more = {}) {
  return { changes: [], cursor: "c1", positions: {}, history: {}, more: false, gone: [], reset: [], server_time: Date.now(), ...more };
}

/** Return a first page: the membership, and messages up to a first_seq. */
export function firstPage(last = 0, more = {}) {
  const messages = Array.from({ length: last }, (_, index) => message(index + 1));
  return page({ changes: [MEMBERSHIP, ...messages], positions: { "user:u": 1, [SPACE]: last }, ...more });
}

/** A server with these `answers`: {"POST /sync": body => answer}. Other requests succeed. */
export class Server {
  asked = []; // {what, body, token}
  answers = {};
  tokens = 0;

  fetch = async (address, { method, headers, body }) => {
    const { pathname, search } = new URL(address);
    const what = `${method} ${pathname.replace("/api/v1", "")}`;
    const asked = { what, search, body: body && JSON.parse(body), token: headers.Authorization?.slice(7) };
    this.asked.push(asked);
    const answer = await (this.answers[what] ?? this[what] ?? (() => ({})))(asked.body, asked);
    if (answer === null) throw new TypeError("nobody answers");
    return new Response(JSON.stringify(answer), { status: answer.error && !("ok" in answer) ? (answer.status ?? 400) : 200 });
  };

  /** Return how often a request was sent. */
  count(what) {
    return this.asked.filter((one) => one.what === what).length;
  }

  "POST /pull" = () => page();
  "POST /sync" = (body) => ({ ...page(), ...this["POST /push"](body) });
  "POST /push" = ({ mutations }) => ({ outcomes: mutations.map(done), server_time: Date.now() });
  "POST /mutate" = (mutation) => ({ ...done(mutation), server_time: Date.now() });
  "POST /login" = ({ handle }) => this.signedIn(handle);
  "POST /refresh" = () => this.signedIn("u");

  /** Return the tokens of a user on a device of the user's. */
  signedIn(user, seconds = 600) {
    this.tokens += 1;
    const now = Date.now();
    const tokens = { access_token: `a${this.tokens}`, refresh_token: `r${this.tokens}` };
    return { user, device: `device-of-${user}`, role: "peer", ...tokens, expires_at: now + seconds * 1000, server_time: now };
  }
}

export const done = ({ id }) => ({ id, ok: true, changes: [] });
export const refused = ({ id }, code = "not_found") => ({ id, ok: false, error: { code, message: "No.", details: {} } });

/** Fake sockets. Like real ones, they emit their end from within `disconnect`. */
export class Sockets {
  all = [];

  io = (_, { auth }) => {
    const listeners = {};
    const socket = {
      auth,
      connected: false,
      calls: [],
      answer: () => undefined, // gives the answer to a call; undefined: no answer
      on: (event, listener) => ((listeners[event] ??= []).push(listener), socket),
      hear: (event, body) => listeners[event]?.forEach((listener) => listener(body)),
      connect: () => ((socket.connected = true), socket.hear("connect")),
      disconnect: (reason = "io client disconnect") => {
        const was = socket.connected;
        socket.connected = false;
        if (was) socket.hear("disconnect", reason);
      },
      timeout: () => ({
        emitWithAck: async (event, body) => {
          socket.calls.push({ event, body });
          const answer = await socket.answer(event, body);
          if (answer === undefined) throw new Error("operation has timed out");
          return answer;
        },
      }),
    };
    this.all.push(socket);
    return socket;
  };

  get last() {
    return this.all.at(-1);
  }
}

/** Open a phone of user "u"; `store` may be the store of an earlier phone. */
export async function phone({ server = new Server(), sockets = new Sockets(), store = new MemoryStore(), account = "u", ...options } = {}) {
  if (account !== null && (await store.get("state", "account")) === undefined) {
    const tokens = { accessToken: "a0", refreshToken: "r0", expires: Date.now() + 600_000 };
    const value = { user: account, device: `device-of-${account}`, role: "peer", handle: null, ...tokens };
    await store.write([{ table: "state", key: "account", value }], 0);
  }
  const channel = new Channel(null);
  const database = await Database.open(store, channel);
  const given = { url: "http://beside.invalid", delivered: false, fetch: server.fetch, socket: sockets.io, ...options };
  const beside = new Beside(given, database, store, channel, new Locks(null), null);
  return { beside, database, server, sockets, store };
}

/** Wait until a condition holds; throws if it does not hold in time. */
export async function until(isSo, what = String(isSo)) {
  const end = Date.now() + PATIENCE;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`not within ${PATIENCE} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** Wait until all pending work of the phone is done. */
export async function settled() {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((done) => setImmediate(done));
}

export const text = (number) => ({ space: SPACE, id: `t${number}`, text: `text ${number}`, origin: "person" });
export const note = (number) => ({ id: `n${number}`, title: `note ${number}` });
export const texts = (beside) => beside.records({ kind: "message", space: SPACE }).value.map(({ data }) => data.text);
export const fault = (code, details = {}) => ({ error: { code, message: "No.", details } });

/** Return a phone that sends nothing by itself and has a first page. */
export async function still(last = 0, more = {}) {
  const opened = await phone({ automatic: false, ...more });
  opened.server.answers["POST /pull"] = () => firstPage(last, more.first);
  await opened.beside.sync();
  opened.server.answers = {};
  opened.server.asked = [];
  return opened;
}

/** Return a phone that is connected, with a cursor. */
export async function live(last = 0) {
  const opened = await phone();
  opened.server.answers["POST /pull"] = () => firstPage(last);
  await until(() => opened.sockets.all.length > 0 && opened.beside.position.cursor === "c1");
  opened.server.answers = {};
  opened.sockets.last.connect();
  opened.sockets.last.answer = (event, body) => opened.server[`POST /${event}`]?.(body);
  await until(() => opened.beside.status.value.state === "live");
  return opened;
}
