// On call: the open calls for help, which a specialist takes and answers.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { moment } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty, Note } from "../parts/faces.js";
import { Area, Form } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const calls = useRecords({ kind: "call" }).toReversed();
  const open = calls.filter((row) => row.data.state !== "over");
  return html`<${Screen} title=${t("calls.title")} back="/offers">
    <p>${t("calls.lead")}</p>
    ${open.length === 0 && html`<${Empty}>${t("calls.none")}<//>`}
    ${open.map((row) => html`<${Call} key=${row.id} row=${row} />`)}
    <${Note}>${t("calls.note")}<//>
  <//>`;
}

function Call({ row }) {
  const { state, words, said = [], where, raised_at: at, as } = row.data;
  const [text, setText, clear] = useDraft(`call.${row.id}`);
  return html`<${Card} title=${t(`calls.as.${as}`)}>
    <p><small>${moment(at)}</small></p>
    ${words && html`<p dir="auto">${words}</p>`}
    ${said.map((one) => html`<p key=${one.at} dir="auto"><small>${t(one.by === "me" ? "you" : "someone.them")}</small> ${one.text}</p>`)}
    ${where && html`<p><a href=${`#/talk/${where}`}>${t("calls.where")}</a></p>`}
    ${state !== "taken" && html`<div class="row">
      <${Deed} onClick=${() => act("call.take", { id: row.id })}>${t("calls.take")}<//>
      ${state === "open" && html`<${Quiet} onClick=${() => act("call.see", { id: row.id })}>${t("calls.see")}<//>`}
    </div>`}
    ${state === "taken" && html`<${Form} onSend=${() => act("call.say", { id: row.id, words: text }).then(clear)}>
      <${Area} label=${t("calls.say")} value=${text} onValue=${setText} most=${500} required />
      <${Deed}>${t("send")}<//>
    <//>`}
  <//>`;
}
