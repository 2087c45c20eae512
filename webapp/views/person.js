// One specialist of the short list: their own words, the reasons for the match, and its one limit.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { go } from "../lib/router.js";
import { inMine, t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Card, Empty, Note } from "../parts/faces.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [request, id] }) {
  const list = useRecords({ kind: "shortlist", where: (row) => row.id === request }, [request]).at(-1);
  const person = list?.data.people.find((one) => one.id === id);
  if (!person) return html`<${Screen} title=${t("list.title")} back="/find"><${Empty}>${t("person.gone")}<//><//>`;
  const name = person.name ?? t("someone.specialist");
  const choose = () => act("request.choose", { id: request, person: id }).then(() => go("/find", { replace: true }));
  return html`<${Screen} title=${name} back="/find">
    ${person.about && html`<p dir="auto">${person.about}</p>`}
    <${Card} title=${t("person.why")}>
      <ul class="plain-list">${person.reasons.map((one) => html`<li dir="auto" key=${one.code}>${inMine(one.text)}</li>`)}</ul>
    <//>
    <${Card} title=${t("person.limit")}><p dir="auto">${inMine(person.limit.text)}</p><//>
    <${Note}>${t("person.next", { name })}<//>
    <${Deed} onClick=${choose}>${t("person.ask", { name })}<//>
  <//>`;
}
