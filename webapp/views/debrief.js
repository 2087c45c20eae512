// Asking the supervisor for a talk. They see only the written words and the chosen messages.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card } from "../parts/faces.js";
import { Area, Form } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Picking } from "../parts/picking.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "debrief", where: (row) => row.data.where === space }, [space]).toReversed();
  const [draft, set, clear] = useDraft(`debrief.${space}`, { words: "", messages: [] });
  if (!talk) return html`<${Gone} />`;
  const ask = () => act("debrief.ask", { space, id: beside.id(), words: draft.words, messages: draft.messages }).then(clear);
  return html`<${Screen} title=${t("debrief.title")} back=${`/talk/${space}`}>
    <p>${t("debrief.lead", { name: talk.name })}</p>
    ${rows.map((row) => html`<${Card} key=${row.id} title=${t(`debrief.state.${row.data.state ?? "asked"}`)}>
      <p dir="auto">${row.data.words}</p>
      ${row.data.answer && html`<p dir="auto"><small>${t("debrief.answer")}</small> ${row.data.answer}</p>`}
      ${row.data.state !== "closed" && html`<${Quiet} onClick=${() => act("debrief.close", { id: row.id })}>${t("debrief.close")}<//>`}
    <//>`)}
    <${Form} onSend=${ask}>
      <${Area} label=${t("debrief.words")} value=${draft.words} onValue=${(words) => set({ ...draft, words })} most=${2000} required />
      <${Picking} space=${space} talk=${talk} legend=${t("report.messages")} hint=${t("debrief.messages.hint")} value=${draft.messages} onValue=${(messages) => set({ ...draft, messages })} />
      <${Deed}>${t("debrief.ask")}<//>
    <//>
  <//>`;
}
