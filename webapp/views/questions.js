// Questions to the other, from the library or in own words. The buttons to pass and to answer have the same size.
import { html, useState } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { useKept } from "../lib/kept.js";
import { useTalk } from "../lib/talks.js";
import { inMine, served, t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty, Face } from "../parts/faces.js";
import { Area, Form, One } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "question", space }, [space]).toReversed();
  const [text, setText, clear] = useDraft(`question.${space}`);
  if (!talk) return html`<${Gone} />`;
  const used = new Set(rows.map((row) => row.data.prompt));
  const ask = (what) => act("question.ask", { space, id: beside.id(), locale: served(), ...what });
  return html`<${Screen} title=${t("questions.title")} back=${`/talk/${space}`}>
    <p>${t("questions.lead", { name: talk.name })}</p>
    ${rows.length === 0 && html`<${Empty}>${t("questions.none")}<//>`}
    ${rows.map((row) => html`<${Question} key=${row.id} row=${row} talk=${talk} />`)}
    ${talk.canWrite && html`<${Card} title=${t("questions.own")}>
        <${Form} onSend=${() => ask({ text }).then(clear)}>
          <${Area} label=${t("questions.text")} value=${text} onValue=${setText} most=${500} required />
          <${Deed}>${t("questions.ask")}<//>
        <//>
      <//>
      <${Library} used=${used} onAsk=${(prompt) => ask({ prompt })} />`}
  <//>`;
}

function Question({ row, talk }) {
  const { space, name } = talk;
  const [answer, setAnswer, clear] = useDraft(`answer.${row.id}`, row.data.answer ?? "");
  const args = { space, id: row.id };
  const { state = "asked" } = row.data;
  return html`<${Card} title=${row.data.text}>
    <p><small>${row.mine ? t("questions.from-me") : t("questions.from", { name })}</small></p>
    ${state === "answered" && html`<p dir="auto">${row.data.answer}</p>`}
    ${state === "passed" && html`<p class="note">${t("questions.passed")}</p>`}
    ${row.mine && state === "asked" && html`<p class="note">${t("questions.waits", { name })}</p>`}
    ${row.mine !== (state === "answered") && html`<${Quiet} onClick=${() => act("question.withdraw", args)}>${t("take-back")}<//>`}
    ${!row.mine && state === "asked" && talk.canWrite && html`<${Form} onSend=${() => act("question.answer", { ...args, text: answer }).then(clear)}>
      <${Area} label=${t("questions.answer")} value=${answer} onValue=${setAnswer} most=${10000} required />
      <div class="row"><${Deed}>${t("questions.answer.go")}<//><${Quiet} onClick=${() => act("question.pass", args)}>${t("questions.pass")}<//></div>
    <//>`}
  <//>`;
}

function Library({ used, onAsk }) {
  const [theme, choose] = useState(null);
  return html`<${Face} of=${useKept("/prompts?after=0")}>
    ${({ themes, prompts }) => html`<${One} legend=${t("questions.library")} options=${themes.map((one) => [one.id, inMine(one.labels)])} value=${theme} onValue=${choose} />
      ${prompts.filter((one) => one.theme === theme && !one.retired && !used.has(one.id)).map(
        (one) => html`<${Card} key=${one.id}><p dir="auto">${inMine(one.texts ?? one.text ?? one.words)}</p><${Quiet} onClick=${() => onAsk(one.id)}>${t("questions.ask")}<//><//>`,
      )}`}
  <//>`;
}
