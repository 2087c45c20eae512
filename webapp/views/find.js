// Finding a specialist: five steps, then waiting, then a short list. The choices are kept if the user stops.
import { html, useEffect } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { weekly } from "../lib/choices.js";
import { zone } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { locale, t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Note } from "../parts/faces.js";
import { How, Matters, Review, Topics, When } from "../parts/find-steps.js";
import { Looking } from "../parts/looking.js";
import { Screen } from "../parts/screen.js";

const STEPS = [["topics", Topics], ["how", How], ["when", When], ["matters", Matters], ["review", Review]];
const GOING = new Set(["open", "shortlisted", "offered", "closed_unmet"]);

export function View() {
  const request = useRecords({ kind: "request", where: (row) => GOING.has(row.data.state) }).at(-1);
  const [asked, set, clear] = useDraft("find", { step: 0, topics: [], languages: [locale.value], ticked: [] });
  useEffect(() => scrollTo(0, 0), [asked.step]);
  if (request) return html`<${Looking} request=${request} />`;
  const [name, Step] = STEPS[asked.step];
  const put = (more) => set({ ...asked, ...more });
  const isReady = name !== "topics" || asked.topics.length > 0;
  async function send() {
    if (asked.when === "times") await act("availability.set", { zone: zone(), weekly: weekly(asked.ticked) });
    await act("request.open", wanted(asked));
    clear();
  }
  return html`<${Screen} title=${t("place.find")}>
    <p class="hint">${t("find.step", { step: asked.step + 1, steps: STEPS.length })}</p>
    <${Step} asked=${asked} put=${put} />
    <div class="row">
      ${name === "review" && html`<${Deed} onClick=${send}>${t("find.send")}<//>`}
      ${name !== "review" && html`<${Deed} disabled=${!isReady} onClick=${() => put({ step: asked.step + 1 })}>${t("next")}<//>`}
      ${asked.step > 0 && html`<${Quiet} onClick=${() => put({ step: asked.step - 1 })}>${t("before")}<//>`}
    </div>
    ${asked.step === 0 && html`<${Note}>${t("find.code")} <a href="#/join">${t("join.title")}</a><//>`}
  <//>`;
}

/** Return the arguments of a request, without those that the user left open. */
function wanted({ topics, quiet = [], mode = "choose", languages, when, gender, ages = [], style, musts = [], name, note }) {
  const wishes = { ...(gender && { gender }), ...(ages.length > 0 && { age_bands: ages }), ...(style && { style }) };
  const must = Object.fromEntries(Object.entries(wishes).filter(([one]) => one !== "style" && musts.includes(one)));
  for (const one of Object.keys(must)) delete wishes[one];
  return {
    id: beside.id(),
    mode,
    topics: Object.fromEntries(topics.map((one, place) => [one, 3 - place])),
    quiet: quiet.filter((one) => topics.includes(one)),
    languages: Object.fromEntries(languages.map((one) => [one, 3])),
    asynchronous: when !== "times",
    must,
    wishes,
    ...(name?.trim() && { name: name.trim() }),
    ...(note?.trim() && { note }),
  };
}
