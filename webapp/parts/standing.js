// The state of a conversation in which the user cannot write, and the text of an empty one.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { t } from "../lib/words.js";
import { Quiet } from "./buttons.js";
import { Empty } from "./faces.js";

export function Standing({ talk }) {
  const { state, space, id, title: name } = talk; // the name begins a sentence
  const handover = useRecords({ kind: "handover", space }, [space]).at(-1);
  return html`<div role="status">
    <p>${handover?.data.sort === "sudden" && state === "ended" ? t("standing.lost", { name }) : t(`standing.${state}`, { name })}</p>
    <div class="row">
      ${state === "agreement_pending" && html`<a class="deed" href=${`#/talk/${space}/agreement`}>${t("agreement.read")}</a>`}
      ${state === "paused" && html`<${Quiet} onClick=${() => act("pairing.resume", { pairing: id })}>${t("parting.resume")}<//>
        <a class="quiet" href=${`#/talk/${space}/agreement`}>${t("agreement.title")}</a>`}
      ${state === "ended" && talk.role === "peer" && html`<a class="quiet" href="#/find">${t("place.find")}</a>`}
      <a class="quiet" href=${`#/talk/${space}/about`}>${t("talk.about")}</a>
    </div>
  </div>`;
}

export const Beginning = ({ talk }) =>
  html`<${Empty}>${t(talk.canWrite ? "talk.begin" : "talk.before", { name: talk.name })}<//>`;
