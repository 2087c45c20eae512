// An open request for a specialist: the expected wait, the short list, the offer, and the end of the search.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { inMine, t } from "../lib/words.js";
import { Quiet, Sure, Way } from "./buttons.js";
import { Card, Note } from "./faces.js";
import { Screen } from "./screen.js";

export function Looking({ request }) {
  const { state, last, suggestion, talk } = request.data;
  const list = useRecords({ kind: "shortlist", where: (row) => row.id === request.id }, [request.id]).at(-1);
  const people = state === "shortlisted" ? (list?.data.people ?? []) : [];
  const title = people.length > 0 ? "list.title" : "looking.title";
  return html`<${Screen} title=${t(title)}>
    ${request.pending && html`<${Note}>${t("looking.waits")}<//>`}
    ${["taken", "declined", "expired", "next"].includes(last) && state !== "offered" && html`<p>${t(`looking.last.${last}`)}</p>`}
    ${state === "open" && html`<${Wait} wait=${request.data.wait} />`}
    ${people.length > 0 && html`<${People} people=${people} request=${request} />`}
    ${state === "offered" && html`<p class="lead">${t("looking.offered")}</p><${Note}>${t("looking.offered.note")}<//>`}
    ${state === "closed_unmet" && html`<${Unmet} />`}
    ${suggestion && html`<${Widen} request=${request} suggestion=${suggestion} />`}
    ${talk && html`<${Note}>${t("looking.talk")}<//>`}
    <${Sure} label=${t("looking.stop")} says=${t("looking.stop.says")} onYes=${() => act("request.withdraw", { id: request.id })} />
  <//>`;
}

function Wait({ wait }) {
  const hours = (number) => Math.max(1, Math.round(number));
  return html`<p class="lead">${t("looking.lead")}</p>
    <p>${wait ? t("looking.wait", { from: hours(wait.from), to: hours(wait.to) }) : t("looking.unknown")}</p>
    <${Note}>${t("looking.leave")}<//>`;
}

function People({ people, request }) {
  return html`<p>${t("list.lead")}</p>
    <div class="cards">
      ${people.map(
        (person) => html`<section class="card" key=${person.id}>
          <h2 dir="auto">${person.name ?? t("someone.specialist")}</h2>
          <ul class="plain-list">${person.reasons.map((one) => html`<li dir="auto" key=${one.code}>${inMine(one.text)}</li>`)}</ul>
          <p class="note" dir="auto">${inMine(person.limit.text)}</p>
          <a class="quiet" href=${`#/person/${request.id}/${person.id}`}>${t("list.look", { name: person.name ?? t("someone.specialist") })}</a>
        </section>`,
      )}
    </div>
    <${Quiet} onClick=${() => act("request.keep_looking", { id: request.id })}>${t("list.others")}<//>`;
}

/** If hardly anybody fits, offer the change of the request that would add most people. Waiting is as good a choice. */
function Widen({ request, suggestion }) {
  const says = suggestion.text ? inMine(suggestion.text) : t("looking.few");
  return html`<${Card}>
    <p dir="auto">${says}</p>
    <p>${t("looking.adds", { count: suggestion.adds })}</p>
    <${Quiet} onClick=${() => act("request.widen", { id: request.id, relax: suggestion.relax })}>${t(`looking.relax.${suggestion.relax}`)}<//>
  <//>`;
}

const Unmet = () => html`<p class="lead">${t("looking.unmet")}</p>
  <p>${t("looking.unmet.says")}</p>
  <nav class="ways" aria-label=${t("looking.doors")}>
    <${Way} to="/lines" says=${t("lines.says")}>${t("lines.title")}<//>
    <${Way} to="/me/plan" says=${t("plan.says")}>${t("plan.title")}<//>
  </nav>`;
