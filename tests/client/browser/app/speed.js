/** Measures a phone that gets many messages while it shows the last ones of a conversation and somebody types. */

import { open, openIndexedDB } from "./client/index.js";
import { signedIn } from "./seed.js";

const NAME = "speed";
const KEY = 40; // ms between two key presses of a very fast writer
const PAGE = 1_000; // messages in a page of history
const AT_ONCE = 500; // rows in a transaction of `bare`

let writes = 0;

/** Return a store that counts its writes. */
async function counting() {
  const store = await openIndexedDB(NAME);
  const write = (rows, revision) => {
    writes += 1;
    return store.write(rows, revision);
  };
  return { load: () => store.load(), get: (...row) => store.get(...row), write, close: () => store.close() };
}

/** Type into the page; return the delay of each key, in ms. */
function typing() {
  const late = [];
  let due = performance.now() + KEY;
  const timer = setInterval(() => {
    late.push(performance.now() - due);
    due = performance.now() + KEY;
    document.querySelector("textarea").value += "x";
  }, KEY);
  return () => (clearInterval(timer), late);
}

globalThis.app = {
  /** Open the phone and let it sync until it has this many messages; return the measurements. */
  async measure({ url, tokens, space, count, history }) {
    await signedIn(NAME, tokens);
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
    const typed = typing();
    const start = performance.now();
    const phone = await open({ url, store: await counting(), delivered: false });
    let shown = 0;
    phone.records({ kind: "message", space, last: 50 }).subscribe(() => (shown += 1));
    const all = phone.records({ kind: "message" });
    const opened = performance.now() - start;
    await new Promise((done) => phone.status.subscribe(({ state }) => state === "live" && done()));
    const usable = performance.now() - start;
    if (history) for (const { space } of phone.spaces.value) while (await phone.history(space, PAGE));
    while (all.value.length < count) await new Promise((done) => setTimeout(done, 5));
    const ms = performance.now() - start;
    await new Promise((done) => setTimeout(done, 100)); // until the observer has reported the last task
    await phone.close();
    return { opened, usable, ms, long, late: Math.max(...typed()), writes, shown };
  },

  /** Return how many ms it takes to put this many messages into a new database, and nothing else. */
  async bare(count) {
    const store = await openIndexedDB("bare");
    const message = { kind: "message", space: "pair:bare", author: "somebodyinthere1", at: "1796063289795-0" };
    const start = performance.now();
    for (let from = 0; from < count; from += AT_ONCE) {
      const rows = Array.from({ length: AT_ONCE }, (_, index) => {
        const [id, seq] = [crypto.randomUUID(), from + index];
        const value = { ...message, id, seq, first_seq: seq, data: { sent_at: 1796063289795, origin: "person", text: id.repeat(3) } };
        return { table: "records", key: `pair:bare message ${id}`, value, place: seq };
      });
      await store.write(rows, from / AT_ONCE);
    }
    return performance.now() - start;
  },
};
document.documentElement.dataset.ready = "yes";
