// The specialist's practice: how many peers, at which hours, on which topics, and breaks.
import { html } from "../lib/html.js";
import { act, useMine } from "../lib/beside.js";
import { options, STYLES, ticked, topicOptions, weekly } from "../lib/choices.js";
import { date, DAY, zone } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { useKept } from "../lib/kept.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Face, Note } from "../parts/faces.js";
import { Area, Form, Line, One, Some, Switch } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";
import { Week } from "../parts/week.js";

const DAYS = [3, 7, 14, 28];

export function View() {
  const saved = useMine("practice")?.data ?? {};
  const hours = useMine("availability")?.data ?? {};
  const [draft, set, clear] = useDraft("practice", {});
  const value = (name, empty) => draft[name] ?? saved[name] ?? empty;
  const put = (name) => (next) => set({ ...draft, [name]: next });
  const week = draft.week ?? ticked(hours.weekly ?? []);
  async function save() {
    const { week: chosen, ...practice } = draft;
    if (practice.name?.trim() === "") delete practice.name;
    if (chosen) await act("availability.set", { zone: zone(), weekly: weekly(chosen) });
    if (Object.keys(practice).length > 0) await act("practice.edit", practice);
    clear();
  }
  return html`<${Screen} title=${t("practice.title")} back="/offers">
    <${Standing} saved=${saved} />
    <${Form} onSend=${save}>
      <${Line} label=${t("offers.name")} value=${value("name", "")} onValue=${put("name")} maxlength="80" />
      <${Area} label=${t("practice.about")} hint=${t("practice.about.hint")} value=${value("about", "")} onValue=${put("about")} most=${500} />
      <${Line} type="number" label=${t("practice.places")} hint=${t("practice.places.hint")} min="0" max="50" value=${value("places", 0)} onValue=${(next) => put("places")(Number(next))} />
      <${Switch} label=${t("practice.asynchronous")} hint=${t("practice.asynchronous.hint")} value=${value("asynchronous", false)} onValue=${put("asynchronous")} />
      <h2>${t("practice.hours")}</h2>
      <${Week} value=${week} onValue=${put("week")} />
      <${One} legend=${t("find.style")} options=${[[null, t("find.any")], ...options(STYLES, "style")]} value=${value("style", null)} onValue=${put("style")} />
      <${Face} of=${useKept("/topics")}>
        ${(kept) => html`<${Some} legend=${t("practice.avoid")} hint=${t("practice.avoid.hint")} options=${topicOptions(kept)} value=${value("avoid", [])} onValue=${put("avoid")} most=${24} />`}
      <//>
      <${Switch} label=${t("practice.yes")} hint=${t("practice.yes.hint")} value=${value("standing_yes", false)} onValue=${put("standing_yes")} />
      <${Deed} disabled=${Object.keys(draft).length === 0}>${t("save")}<//>
    <//>
    <${Breather} until=${saved.paused_until} />
  <//>`;
}

function Standing({ saved }) {
  const credential = useMine("credential")?.data;
  const isValid = credential?.until > Date.now();
  return html`<${Note}>${isValid ? t("credential.until", { when: date(credential.until) }) : t("credential.none")}
    ${" "}${t("practice.taken", { count: saved.active ?? 0 })}<//>`;
}

function Breather({ until }) {
  const isAway = until > Date.now();
  const pause = (days) => () => act("practice.pause", { until: Date.now() + days * DAY });
  return html`<${Card} title=${t("breather.title")}>
    <p>${isAway ? t("breather.until", { when: date(until) }) : t("breather.says")}</p>
    <div class="row">
      ${isAway
        ? html`<${Quiet} onClick=${() => act("practice.resume", {})}>${t("breather.end")}<//>`
        : DAYS.map((days) => html`<${Quiet} key=${days} onClick=${pause(days)}>${t("breather.days", { count: days })}<//>`)}
    </div>
  <//>`;
}
