// The demo page: two phones, what goes over the wire between them, and stories that tell themselves.
import { render, html, signal } from "../lib/html.js";
import { areEqual, compared } from "./compare.js";
import { hour } from "./hour.js";
import { Between } from "./between.js";
import { Handset } from "./handset.js";
import { Phone, until } from "./phones.js";
import { STORIES } from "./stories.js";
import { told } from "./told.js";
import { has, t } from "./words.js";

const MOST_ENTRIES = 300; // in the column; older ones go
const MOST_JSON = 6_000; // characters of one entry
const pace = Number(new URLSearchParams(location.search).get("pace") ?? 1); // of the stories; 0: without pauses

const entries = signal([]); // {id, phone?, words, isMinor, json, rows?}, oldest first
const running = signal(null); // the id of the story that tells itself now
const place = signal(null); // {space, until} of the two, once they are paired
const problem = signal(null); // why there are no phones
const isOver = signal(false);
const shown = signal("ann"); // on a narrow screen
let count = 0;

const phones = [new Phone("ann", "Ann", hear), new Phone("sam", "Sam", hear)];
const [ann, sam] = phones;

/** The app in a frame asks for what its client is to use. */
window.besideOptions = (id) => phones.find((phone) => phone.id === id)?.options ?? {};

function add(entry) {
  count += 1;
  entries.value = [...entries.value, { id: count, ...entry }].slice(-MOST_ENTRIES);
}

/** Put what crosses the wire into the column. */
function hear(phone, event) {
  const { name, id } = phone;
  const said = event.direction === "here" ? { words: t(event.what, { name }), isMinor: false } : told(name, event, place.value?.space);
  if (said) add({ phone: id, ...said, json: event.body && JSON.stringify(event.body, null, 1).slice(0, MOST_JSON) });
}

/** Let a story tell itself. It ends with both replicas compared. */
async function tell(story) {
  if (running.value || isOver.value) return;
  running.value = story.id;
  add({ words: story.title, isTitle: true });
  for (const phone of phones) phone.restore();
  const { space } = place.value;
  const pause = (ms = 1_600) => new Promise((done) => setTimeout(done, ms * pace));
  const say = async (words) => {
    add({ words, isSaid: true });
    await pause();
  };
  try {
    await story.run({ ann, sam, space, say, pause, end: () => (isOver.value = true) });
    await until("both having the same", () => areEqual(ann.client, sam.client, space)).catch(() => {});
    conclude(space);
  } catch (error) {
    add({ words: t("say.failed", { message: error.message }), isWrong: true });
  }
  for (const phone of phones) phone.restore();
  running.value = null;
}

function conclude(space) {
  const rows = compared(ann.client, sam.client, space);
  const isEqual = areEqual(ann.client, sam.client, space);
  add({ words: t(isEqual ? "say.equal" : "say.unequal", { count: rows.length }), rows, isSaid: true, isWrong: !isEqual });
}

function Page() {
  if (problem.value) return html`<main class="alone"><h1>${t("title")}</h1><p role="status">${problem.value}</p></main>`;
  if (!place.value) return html`<main class="alone"><h1>${t("title")}</h1><p role="status">${t("loading")}</p></main>`;
  return html`
    <header class="head">
      <div><h1>${t("title")}</h1><p>${t("about")}</p></div>
      <div class="stories" role="group" aria-label=${t("stories")}>
        ${STORIES.map(
          (story) => html`<button key=${story.id} disabled=${running.value !== null || isOver.value} aria-pressed=${running.value === story.id} onClick=${() => tell(story)}>${story.title}</button>`,
        )}
        ${isOver.value && html`<button class="deed" disabled=${running.value !== null} onClick=${anew}>${t("again")}</button>`}
      </div>
    </header>
    <p class="now" aria-hidden="true">${entries.value.findLast((entry) => entry.isSaid || entry.isTitle)?.words ?? t("nothing")}</p>
    <div class="shown" role="group" aria-label=${t("shown")}>
      ${[["ann", "Ann"], ["between", t("between")], ["sam", "Sam"]].map(
        ([id, words]) => html`<button key=${id} aria-pressed=${shown.value === id} onClick=${() => (shown.value = id)}>${words}</button>`,
      )}
    </div>
    <main class="phones" data-shown=${shown.value}>
      <${Handset} phone=${ann} space=${place.value.space} isBusy=${running.value !== null} />
      <${Between} phones=${phones} entries=${entries} space=${place.value.space} />
      <${Handset} phone=${sam} space=${place.value.space} isBusy=${running.value !== null} />
    </main>`;
}

async function anew() {
  hour.forget();
  location.reload();
}

async function begin() {
  render(html`<${Page} />`, document.getElementById("demo"));
  try {
    await Promise.all(phones.map((phone) => phone.open()));
    place.value = await hour.begin(ann.client, sam.client);
    const { space } = place.value;
    isOver.value = ann.client.records({ kind: "pairing", space }).value.at(-1)?.data.state === "ended";
  } catch (error) {
    const minutes = Math.ceil((error.details?.retry_after ?? 60) / 60);
    problem.value = has(`none.${error.code}`) ? t(`none.${error.code}`, { minutes }) : t("none.offline");
    return;
  }
  setTimeout(() => {
    hour.forget();
    problem.value = t("over");
  }, Math.max(0, place.value.until - Date.now()));
}

/** Only one tab has the phones: the network of another tab would go past its switches. */
const hold = () => begin().then(() => new Promise(() => {}));
void navigator.locks.request("beside-demo", { ifAvailable: true }, (lock) => {
  document.documentElement.dataset.ready = "";
  if (lock) return hold();
  problem.value = t("elsewhere");
  render(html`<${Page} />`, document.getElementById("demo"));
  return undefined;
});
