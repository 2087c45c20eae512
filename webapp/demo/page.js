// The demo page: two phones, what crosses the wire between them, and stories that run on them.
import { render, html, signal } from "../lib/html.js";
import { hour } from "./hour.js";
import { Between } from "./between.js";
import { Handset } from "./handset.js";
import { entries, isOver, phones, place, running, tell } from "./stage.js";
import { STORIES } from "./stories.js";
import { has, t } from "./words.js";

const problem = signal(null); // the text that is shown instead of the phones, or null
const shown = signal("ann"); // the column that a narrow screen shows
const [ann, sam] = phones;

/** The app in a frame calls this for the options of its client. */
window.besideOptions = (id) => phones.find((phone) => phone.id === id)?.options ?? {};

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
    <nav class="shown" aria-label=${t("shown")}>
      ${[["ann", "Ann"], ["between", t("between")], ["sam", "Sam"]].map(
        ([id, words]) => html`<button key=${id} aria-pressed=${shown.value === id} onClick=${() => (shown.value = id)}>${words}</button>`,
      )}
    </nav>
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

/** Hold the lock for good: in a second tab, the phones would sync past the network switches of this one. */
const hold = () => begin().then(() => new Promise(() => {}));
void navigator.locks.request("beside-demo", { ifAvailable: true }, (lock) => {
  document.documentElement.dataset.ready = "";
  if (lock) return hold();
  problem.value = t("elsewhere");
  render(html`<${Page} />`, document.getElementById("demo"));
  return undefined;
});
