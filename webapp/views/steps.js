// Steps: small goals that the peer adopts and finishes. There are no streaks and no reminders.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty } from "../parts/faces.js";
import { Area, Form } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

const NEXT = { proposed: ["adopted"], adopted: ["done", "let_go"], done: ["adopted"], let_go: ["adopted"] };

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "step", space }, [space]);
  const [text, setText, clear] = useDraft(`step.${space}`);
  if (!talk) return html`<${Gone} />`;
  const isPeer = talk.role === "peer";
  return html`<${Screen} title=${t("steps.title")} back=${`/talk/${space}`}>
    <p>${t(isPeer ? "steps.lead.peer" : "steps.lead.specialist", { name: talk.name })}</p>
    ${rows.length === 0 && html`<${Empty}>${t("steps.none")}<//>`}
    ${rows.map((row) => html`<${Step} key=${row.id} row=${row} talk=${talk} isPeer=${isPeer} />`)}
    ${talk.canWrite && html`<${Card} title=${t("steps.new")}>
      <${Form} onSend=${() => act("step.propose", { space, id: beside.id(), text }).then(clear)}>
        <${Area} label=${t("steps.text")} value=${text} onValue=${setText} most=${500} required />
        <${Deed}>${t(isPeer ? "steps.go" : "steps.propose")}<//>
      <//>
    <//>`}
  <//>`;
}

function Step({ row, talk, isPeer }) {
  const args = { space: talk.space, id: row.id };
  const state = row.data.state ?? (isPeer ? "adopted" : "proposed");
  return html`<${Card}>
    <p dir="auto">${row.data.text}</p>
    <p class="note">${t(`steps.state.${state}`)}</p>
    <div class="row">
      ${talk.canWrite && isPeer && NEXT[state].map((next) => html`<${Quiet} key=${next} onClick=${() => act("step.change", { ...args, state: next })}>${t(`steps.to.${next}`)}<//>`)}
      ${(isPeer || (row.mine && state === "proposed")) && html`<${Quiet} onClick=${() => act("step.withdraw", args)}>${t("remove")}<//>`}
    </div>
  <//>`;
}
