// Reporting the other. The view says what moderators will read; they see nothing else.
import { html, useEffect } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { back, go } from "../lib/router.js";
import { useTalk } from "../lib/talks.js";
import { options } from "../lib/choices.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Card, Note } from "../parts/faces.js";
import { Area, Form, One, Switch } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Picking } from "../parts/picking.js";
import { Screen } from "../parts/screen.js";

const GROUNDS = ["harassment", "sexual", "hate", "money", "contact_outside", "pressure", "danger", "other"];

export function View({ parts: [space, , message] }) {
  const talk = useTalk(space);
  const [draft, set, clear] = useDraft(`report.${space}`, { words: "", messages: message ? [message] : [] });
  const filed = useRecords({ kind: "report", where: (row) => row.data.where === space }, [space]);
  const put = (more) => set({ ...draft, ...more });
  useEffect(() => {
    if (message && !draft.messages.includes(message)) put({ messages: [...draft.messages, message] });
  }, [message]);
  if (!talk) return html`<${Gone} />`;
  const report = () => ({ ground: draft.ground, words: draft.words, consent: draft.messages.length > 0, messages: draft.messages, id: beside.id() });
  async function send() {
    if (draft.block) await act("block.set", { space, report: report() });
    else await act("report.file", { space, ...report() });
    clear();
    if (draft.block) go("/talks", { replace: true });
    else back(`/talk/${space}`);
  }
  return html`<${Screen} title=${t("report.title")} back=${`/talk/${space}`}>
    <p>${t("report.lead", { name: talk.name })}</p>
    ${filed.map((row) => html`<${Card} key=${row.id}><p>${t(`report.state.${row.data.outcome ?? row.data.state}`)}</p><//>`)}
    <${Form} onSend=${send}>
      <${One} legend=${t("report.ground")} options=${options(GROUNDS, "ground")} value=${draft.ground} onValue=${(ground) => put({ ground })} />
      <${Area} label=${t("report.words")} value=${draft.words} onValue=${(words) => put({ words })} most=${2000} />
      <${Picking} space=${space} legend=${t("report.messages")} hint=${t("report.messages.hint")} value=${draft.messages} onValue=${(messages) => put({ messages })} talk=${talk} />
      <${Switch} label=${t("report.block")} hint=${t("block.short")} value=${Boolean(draft.block)} onValue=${(block) => put({ block })} />
      <${Note}>${t("report.reads", { count: draft.messages.length })}<//>
      <${Deed} disabled=${!draft.ground}>${t("report.send")}<//>
    <//>
  <//>`;
}
