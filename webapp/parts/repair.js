// A repair: an invitation to talk about what feels wrong between the two. The other may accept it.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Quiet } from "./buttons.js";
import { Card } from "./faces.js";
import { Area, Form } from "./fields.js";

export function Repair({ talk }) {
  const { space, name } = talk;
  const open = useRecords({ kind: "repair", space, where: (row) => row.data.state !== "closed" }, [space]).at(-1);
  const [words, setWords, clear] = useDraft(`repair.${space}`);
  if (!talk.canWrite) return null;
  const invite = () => act("repair.invite", { space, id: beside.id(), ...(words.trim() && { words }) }).then(clear);
  return html`<${Card} title=${t("repair.title")}>
    ${open && html`<p dir="auto">${t(`event.repair.${open.data.state}.${open.mine ? "me" : "them"}`, { name })} ${open.data.words}</p>
      <div class="row">
        ${!open.mine && open.data.state === "invited" && html`<${Quiet} onClick=${() => act("repair.accept", { space, id: open.id })}>${t("repair.accept")}<//>`}
        <${Quiet} onClick=${() => act("repair.close", { space, id: open.id })}>${t("repair.close")}<//>
      </div>`}
    ${!open && html`<${Form} onSend=${invite}>
      <${Area} label=${t("repair.words")} hint=${t("repair.hint", { name })} value=${words} onValue=${setWords} most=${1000} />
      <button class="quiet">${t("repair.invite")}</button>
    <//>`}
  <//>`;
}
