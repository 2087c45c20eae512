// Inviting a peer whom the specialist already knows, by a code.
import { html } from "../lib/html.js";
import { act, beside, useRecords, useTask } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { until } from "../lib/dates.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Problem } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const open = useRecords({ kind: "pairing", where: (row) => row.data.state === "invited" && row.data.expires_at > Date.now() });
  const [name, setName] = useDraft("invite.name");
  const [run, { busy, error }] = useTask();
  const invite = () => run(() => beside.request("POST", "/pairing/invite", name.trim() ? { name: name.trim() } : {})).then(() => beside.wake());
  return html`<${Screen} title=${t("invite.title")} back="/offers">
    <p>${t("invite.lead")}</p>
    ${open.map((row) => html`<${Card} key=${row.id} title=${t("invite.code")}>
      <p class="code" dir="ltr">${row.data.code}</p>
      <p class="note">${t("invite.until", { when: until(row.data.expires_at) })}</p>
      <div class="row">
        <${Quiet} onClick=${() => navigator.clipboard?.writeText(row.data.code)}>${t("copy")}<//>
        <${Quiet} onClick=${() => act("pairing.end", { pairing: row.id })}>${t("take-back")}<//>
      </div>
    <//>`)}
    <${Form} onSend=${invite}>
      <${Line} label=${t("offers.name")} hint=${t("invite.name.hint")} value=${name} onValue=${setName} maxlength="80" />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("invite.make")}<//>
    <//>
  <//>`;
}
