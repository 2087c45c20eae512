// The two phones, the log of events, and the code that runs stories.
import { signal } from "../lib/html.js";
import { until } from "./acts.js";
import { areEqual, compared } from "./compare.js";
import { Phone } from "./phones.js";
import { told } from "./told.js";
import { t } from "./words.js";

const MOST_ENTRIES = 300; // in the log; older ones are dropped
const MOST_JSON = 6_000; // characters of one entry
const PAUSE = 1_600; // ms for the user to read a sentence
const pace = Number(new URLSearchParams(location.search).get("pace") ?? 1); // of the stories; 0: without pauses

export const entries = signal([]); // {id, words, phone?, json?, rows?, isTitle, isSaid, isMinor, isWrong}, oldest first
export const running = signal(null); // the id of the running story, or null
export const place = signal(null); // {space, until} of the pair, once there is one
export const isOver = signal(false); // whether the pairing has ended

export const phones = [new Phone("ann", "Ann", hear), new Phone("sam", "Sam", hear)];
const [ann, sam] = phones;
let count = 0;

function add(entry) {
  count += 1;
  entries.value = [...entries.value, { id: count, ...entry }].slice(-MOST_ENTRIES);
}

/** Add to the log what crosses the wire, and each change of a network. */
function hear(phone, event) {
  const { name, id } = phone;
  const said = event.direction === "here" ? { words: t(event.what, { name }) } : told(name, event, place.value?.space);
  if (said) add({ phone: id, ...said, json: event.body && JSON.stringify(event.body, null, 1).slice(0, MOST_JSON) });
}

/** Run a story. At its end both replicas are compared. */
export async function tell(story) {
  if (running.value || isOver.value) return;
  running.value = story.id;
  add({ words: story.title, isTitle: true });
  connect();
  for (const phone of phones) phone.goes(`/talk/${place.value.space}`);
  const pause = () => new Promise((done) => setTimeout(done, PAUSE * pace));
  const say = (words) => {
    add({ words, isSaid: true });
    return pause();
  };
  const { space } = place.value;
  try {
    await story.run({ ann, sam, space, say, pause, end: () => (isOver.value = true) });
    await conclude(space);
  } catch (error) {
    add({ words: t("say.failed", { message: error.message }), isWrong: true });
  }
  connect();
  running.value = null;
}

const connect = () => phones.forEach((phone) => phone.restore());

/** Wait until both replicas are equal, and show the comparison even if they never are. */
async function conclude(space) {
  const isEqual = () => areEqual(ann.client, sam.client, space);
  await until("both having the same", isEqual).catch(() => {});
  const rows = compared(ann.client, sam.client, space);
  const isWrong = !isEqual();
  add({ words: t(isWrong ? "say.unequal" : "say.equal", { count: rows.length }), rows, isSaid: true, isWrong });
}
