// The moderators' sanction against the user, in full, and the appeal.
import { html } from "../lib/html.js";
import { act, useMine } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Deed } from "./buttons.js";
import { Card } from "./faces.js";
import { Area, Form } from "./fields.js";

export function Sanction() {
  const row = useMine("sanction");
  const [words, setWords, clear] = useDraft("appeal");
  if (!row || row.data.state === "lifted") return null;
  const { action, until, appeal, answer } = row.data;
  const send = () => act("sanction.appeal", { id: row.id, words }).then(clear);
  return html`<${Card} title=${t(`sanction.${action}`)}>
    <p dir="auto">${row.data.words}</p>
    ${action === "suspended" && html`<p>${until ? t("sanction.until", { when: date(until) }) : t("sanction.for-good")}</p>`}
    ${appeal && html`<p>${answer ?? t("sanction.appealed")}</p>`}
    ${!appeal && html`<${Form} onSend=${send}>
      <${Area} label=${t("sanction.appeal")} hint=${t("sanction.appeal.hint")} value=${words} onValue=${setWords} most=${2000} required />
      <${Deed}>${t("send")}<//>
    <//>`}
  <//>`;
}
