// Pausing a pairing, asking for another specialist, writing a letter, and ending the pairing.
import { html, useState } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet, Sure } from "../parts/buttons.js";
import { Card, Note } from "../parts/faces.js";
import { Area, Form, One } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const letters = useRecords({ kind: "letter", space }, [space]);
  const [letter, setLetter, clear] = useDraft(`letter.${space}`);
  const [words, setWords] = useState("kept");
  const [reason, setReason] = useDraft(`rematch.${space}`);
  if (!talk) return html`<${Gone} />`;
  const { id, name, state } = talk;
  const isLive = state === "active" || state === "paused" || state === "handover";
  return html`<${Screen} title=${t("parting.title")} back=${`/talk/${space}`}>
    ${letters.map((row) => html`<${Card} key=${row.id} title=${row.mine ? t("letter.mine") : t("letter.theirs", { name })}><p dir="auto">${row.data.text}</p>
      ${row.mine && html`<${Quiet} onClick=${() => act("letter.withdraw", { space })}>${t("take-back")}<//>`}<//>`)}
    ${talk.canWrite && html`<${Card} title=${t("letter.title")}>
      <${Form} onSend=${() => act("letter.write", { space, text: letter }).then(clear)}>
        <${Area} label=${t("letter.label", { name })} hint=${t("letter.hint")} value=${letter} onValue=${setLetter} most=${10000} required />
        <${Deed}>${t("letter.send")}<//>
      <//>
    <//>`}
    ${(state === "active" || state === "handover") && html`<${Card} title=${t("parting.pause")}>
      <p>${t("parting.pause.says", { name })}</p>
      <${Quiet} onClick=${() => act("pairing.pause", { pairing: id })}>${t("parting.pause")}<//>
    <//>`}
    ${state === "paused" && html`<${Card} title=${t("parting.resume")}><${Quiet} onClick=${() => act("pairing.resume", { pairing: id })}>${t("parting.resume")}<//><//>`}
    ${isLive && talk.role === "peer" && html`<${Card} title=${t("parting.other")}>
      <p>${t("parting.other.says", { name })}</p>
      <${Area} label=${t("parting.reason")} hint=${t("parting.reason.hint")} value=${reason} onValue=${setReason} most=${500} />
      <${Sure} label=${t("parting.other")} says=${t("parting.sure")} onYes=${() => act("pairing.rematch", { pairing: id, ...(reason.trim() && { reason }) })} />
    <//>`}
    ${state !== "ended" && html`<${Card} title=${t("parting.end")}>
      <p>${t("parting.end.says", { name })}</p>
      <${One} legend=${t("said")} options=${[["kept", t("said.kept")], ["erased", t("said.erased"), t("said.erased.says")]]} value=${words} onValue=${setWords} />
      <${Sure} label=${t("parting.end")} says=${t("parting.sure")} onYes=${() => act("pairing.end", { pairing: id, words })} />
    <//>`}
    ${state === "ended" && html`<${Note}>${t("standing.ended", { name })}<//>`}
  <//>`;
}
