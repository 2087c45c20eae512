/** An app whose functions a test calls. The options of its phone are the JSON after the # of its URL. */

import { open, openIndexedDB } from "./client/index.js";
import { signedIn } from "./seed.js";
import { stopping } from "./stopping.js";

const { skew = 0, stopAt, tokens, ...options } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const NAME = "beside";
const outcomes = new Map();
let late = skew; // ms that the wall clock is ahead

if (tokens !== undefined) await signedIn(NAME, tokens, late);
const store = stopAt === undefined ? {} : { store: stopping(await openIndexedDB(NAME), stopAt) };
const asked = []; // requests to the server
const trace = ({ direction, what }) => void (direction === "up" && asked.push(what));
const phone = await open({ ...options, ...store, trace, now: () => Date.now() + late });
const shown = { messages: phone.records({ kind: "message" }), notes: phone.records({ kind: "note" }) };
for (const query of Object.values(shown)) query.subscribe(() => {});

const made = new Map(); // {mutation that waited: its name}
phone.outbox.subscribe((waiting) => waiting.forEach(({ id, name }) => made.set(id, name)));

const problems = [];
phone.status.subscribe(({ problem }) => problem !== null && problems.push(problem));

globalThis.app = {
  phone,
  problems: () => problems,
  id: () => phone.id(),
  skew: (ms) => void (late = ms),
  who: () => phone.session.value,
  status: () => phone.status.value,
  waiting: () => phone.outbox.value.length,
  refused: () => phone.refused.value.map(({ error }) => error.code),
  signIn: (asked) => phone.signIn(asked).catch(coded),
  signOut: (how) => phone.signOut(how).catch(coded),
  wake: () => phone.wake(),
  made: (name) => [...made.values()].filter((one) => one === name).length,
  asked: (what) => asked.filter((one) => one === what).length,
  texts: (space) => shown.messages.value.filter((row) => row.space === space).map(({ data }) => data.text),
  notes: () => shown.notes.value.map(({ data }) => data.title).sort(),
  spaces: () => phone.spaces.value.map(({ space }) => space),
  request: (method, path, body) => phone.request(method, path, body).catch(coded),
  rows,
  async do(name, args) {
    const { id, outcome } = await phone.do(name, args).catch(coded);
    outcomes.set(id, outcome);
    return id;
  },
  outcome: (id) => outcomes.get(id),
};
document.documentElement.dataset.ready = "yes";

/** Return all rows of the browser's database. */
async function rows() {
  const database = await openIndexedDB(NAME);
  const { rows } = await database.load();
  await database.close();
  return Object.fromEntries([...rows].map(([table, stored]) => [table, Object.fromEntries(stored)]));
}

/** Throw an error whose message is the code and the message of another error. */
function coded({ code, name, message }) {
  throw new Error(`${code ?? name}: ${message}`);
}
