// Cases of the live connection of @beside/client, on a server that sends raw frames (wire_server.mjs). They run in Node
// and in browsers.

import { connect } from "../../client/dist/wire.js";

const PATIENCE = 30_000; // ms
const FOREVER = 600_000; // ms
const LET_IN = '40{"sid":"s"}';
const said = (body) => `42["said",${JSON.stringify(body)}]`;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

let opened = 0;

/** Start a connection; return it and the list of its events. */
function wire(address, { how = "", timeout = PATIENCE, ...more } = {}) {
  const name = `${performance.timeOrigin} ${(opened += 1)}`;
  const live = connect(`${address}/?${how}`, { auth: { name, ...more }, timeout });
  const told = [];
  for (const event of ["connect", "connect_error", "disconnect"]) live.on(event, () => told.push(event));
  live.on("said", (body) => told.push(body));
  const ask = (event, body, ms = FOREVER) => live.timeout(ms).emitWithAck(event, body);
  return { live, told, ask, name, play: (...steps) => ask("play", [...steps, '43$["played"]']) };
}

async function until(isSo) {
  for (const end = Date.now() + PATIENCE; !(await isSo()); await pause(5)) if (Date.now() > end) throw new Error(`not in time: ${isSo}`);
}

function same(found, expected) {
  const [left, right] = [found, expected].map((one) => JSON.stringify(one));
  if (left !== right) throw new Error(`${left.slice(0, 500)} is not ${right.slice(0, 500)}`);
}

async function connected(address, more) {
  const one = wire(address, more);
  await until(() => one.live.connected);
  return one;
}

/** Return why a promise was rejected. */
const rejected = (promise) => promise.then(() => "not rejected", ({ message }) => message);

/** Return the frames that the server has got from a connection, from its greeting on, once they are `count`. */
export async function heard(address, name, count) {
  const other = await connected(address);
  let found;
  await until(async () => (found = await other.ask("heard", name)).length >= count);
  other.live.disconnect();
  return found;
}

export const CASES = {
  "it greets, and is there once the server has let it in": async (address) => {
    const { live, told, name } = wire(address, { token: "t", plays: ["!wait", LET_IN] });
    same(live.connected, false);
    await until(() => told.length > 0);
    same([live.connected, told], [true, ["connect"]]);
    const [greeting] = await heard(address, name, 1);
    same(JSON.parse(greeting.slice(2)).token, "t");
    live.disconnect();
  },

  "a server that lets nobody in says why, and the connection ends": async (address) => {
    const refused = wire(address, { how: "refuse=t", token: "t" });
    let why;
    refused.live.on("connect_error", (error) => (why = error));
    await until(() => refused.told.length > 0);
    same([refused.live.connected, refused.told, why.data.code], [false, ["connect_error"], "unauthenticated"]);
    same((await heard(address, refused.name, 2)).at(-1), "closed");
    same(refused.told, ["connect_error"]);
  },

  "where nobody listens there is no connection, and nobody has said why": async () => {
    const nobody = wire("http://127.0.0.1:1");
    let why;
    nobody.live.on("connect_error", (error) => (why = error));
    await until(() => nobody.told.length > 0);
    same([nobody.told, why], [["connect_error"], {}]);
  },

  "a server that does not answer is not waited for any longer than told": async (address) => {
    const silent = [wire(address, { how: "mute", timeout: 300 }), wire(address, { plays: [], timeout: 300 })];
    await until(() => silent.every(({ told }) => told.length > 0));
    same(silent.map(({ told }) => told), [["connect_error"], ["connect_error"]]);
  },

  "a server that has let us in is not given up when that time is over": async (address) => {
    const { live, told } = await connected(address, { timeout: 4000 });
    await pause(4200);
    same([live.connected, told], [true, ["connect"]]);
    live.disconnect();
  },

  "frames are heard in order, by all who listen": async (address) => {
    const { live, told, play } = await connected(address);
    const again = [];
    live.on("said", (body) => again.push(body));
    const numbers = Array.from({ length: 1000 }, (_, number) => number);
    await play(...numbers.map(said));
    same([told, again], [["connect", ...numbers], numbers]);
    live.disconnect();
  },

  "what comes before the server has let us in is heard, too": async (address) => {
    const { live, told } = await connected(address, { plays: [said("early"), LET_IN] });
    same(told.toSorted(), ["connect", "early"]);
    live.disconnect();
  },

  "large frames and all of Unicode go both ways": async (address) => {
    const { live, told, ask, play } = await connected(address);
    const text = "é ß ∀ 漢字 👩🏽‍🚀 \u0000 \u2028\u2029 \r\n \" \\ \uFEFF \u202E /";
    same(await ask("echo", { text }), { text });
    same(await ask("echo", text.repeat(30_000)), text.repeat(30_000));
    await play(said(text));
    same(told, ["connect", text]);
    same(await ask("echo", "\uD83D"), "\uD83D"); // half a surrogate pair
    live.disconnect();
  },

  "each question gets its own answer, in whatever order they come, and the first one": async (address) => {
    const { live, ask } = await connected(address);
    const slow = ask("play", ["!wait", '43$["slow"]']);
    const answers = [ask("echo", 1), ask("echo", 2), ask("play", ['43$["first"]', '43$["second"]', '4399["nobody\'s"]'])];
    same(await Promise.all(answers), [1, 2, "first"]);
    same(await slow, "slow");
    live.disconnect();
  },

  "an answer that does not come in time is waited for no longer; if it comes later, it is nobody's": async (address) => {
    const { live, ask } = await connected(address);
    same(await rejected(ask("play", ["!heard", '43$["late"]'], 50)), "No answer came in time.");
    same([await ask("echo", "before it"), await ask("echo", "after it"), live.connected], ["before it", "after it", true]);
    live.disconnect();
  },

  "who waits for an answer hears at once that the connection is lost": async (address) => {
    for (const end of [["!close"], ["41"], ["not a packet"], ["42not JSON"]]) {
      const { told, ask } = await connected(address);
      const waiting = [rejected(ask("nothing", {})), rejected(ask("play", ["!wait", ...end]))];
      same(await Promise.all(waiting), ["The connection is over.", "The connection is over."]);
      same(told, ["connect", "disconnect"]);
    }
  },

  "nothing is sent before there is a connection, nor after it": async (address) => {
    const { live, told, ask, name } = wire(address);
    same(await rejected(ask("echo", "early")), "There is no connection.");
    await until(() => told.length > 0);
    live.disconnect();
    same(await rejected(ask("echo", "late")), "There is no connection.");
    same((await heard(address, name, 3)).slice(1), ["41", "closed"]);
  },

  "a server that says goodbye, or is gone, is told of once, and nothing is heard after it": async (address) => {
    for (const end of ["41", "!close", '44{"message":"out"}']) {
      const { live, told, play, name } = await connected(address);
      void play(said("before"), end, ...(end === "!close" ? [] : [said("after"), "41", LET_IN])).catch(() => {});
      await until(() => !live.connected);
      await pause(100);
      same(told, ["connect", "before", "disconnect"]);
      same((await heard(address, name, 3)).at(-1), "closed");
      live.disconnect();
      same(told, ["connect", "before", "disconnect"]);
    }
  },

  "who ends a connection is told of it once, and hears nothing of what was on its way": async (address) => {
    const { live, told, play, name } = await connected(address);
    live.on("said", () => live.disconnect());
    live.on("disconnect", () => live.disconnect()); // as listeners often do
    void play(said("last words"), said("too late")).catch(() => {});
    await until(() => told.includes("disconnect"));
    await pause(100);
    same([live.connected, told], [false, ["connect", "last words", "disconnect"]]);
    same((await heard(address, name, 4)).slice(2), ["41", "closed"]);
    const trying = wire(address, { how: "mute" });
    trying.live.disconnect();
    same(trying.told, ["connect_error"]);
  },

  "a server that pings is answered, and stays": async (address) => {
    const { live, told, name } = await connected(address, { how: "ping=100" });
    await pause(6000);
    same([live.connected, told], [true, ["connect"]]);
    same(new Set(await heard(address, name, 4)).has("3"), true);
    live.disconnect();
  },

  "a network that has gone without a word is noticed, because the pings do not come": async (address) => {
    const { live, told, ask } = wire(address, { how: "deaf&ping=300" });
    const why = await new Promise((done) => live.on("connect", () => done(rejected(ask("nothing", {})))));
    same([why, told], ["The connection is over.", ["connect", "disconnect"]]);
  },

  "what is none of our packets is ignored": async (address) => {
    const { live, told, play } = await connected(address);
    const foreign = ["!bytes", "4", "45", '451-["said",{"_placeholder":true,"num":0}]', '46-["x"]', "49", "4x", "6", LET_IN];
    const elsewhere = ['42/admin,["said","elsewhere"]', "41/admin,", '44/admin,{"message":"no"}', '40/admin,{"sid":"s"}'];
    const odd = ["42", "42null", "42{}", "427[]", '42["unheard"]', '42["__proto__",1]', "43", "43[]", '439["x"]', "43null"];
    const pretended = ['42["connect"]', '42["disconnect",1]', '42["connect_error",{}]'];
    await play(...foreign, ...elsewhere, ...odd, ...pretended, '427["said","with an id"]');
    same([live.connected, told], [true, ["connect", "with an id"]]);
    live.disconnect();
  },

  "an address that begins with a slash is at the page's own server": async (address) => {
    const isPage = globalThis.location !== undefined;
    if (!isPage) globalThis.location = { origin: address };
    const { live, told, name } = wire("");
    if (!isPage) delete globalThis.location;
    await until(() => told.length > 0);
    same([told, (await heard(address, name, 1)).length], [["connect"], 1]);
    live.disconnect();
  },
};

/** Run the cases; returns {case: true, or what broke it}. */
export async function run(address) {
  const late = () => pause(2 * PATIENCE).then(() => Promise.reject(new Error("not in time")));
  const tell = async ([name, holds]) => [name, await Promise.race([holds(address), late()]).then(() => true, (error) => `${error.stack}`)];
  return Object.fromEntries(await Promise.all(Object.entries(CASES).map(tell)));
}
