// The safety plan, which only the user can read. It is available offline.
import { html } from "../lib/html.js";
import { act, useMine } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Note } from "../parts/faces.js";
import { Area, Form } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

const FIELDS = ["notice", "soothe", "go_to", "call", "keep_away", "worth"];

export function View() {
  const saved = useMine("plan")?.data ?? {};
  const [draft, set, clear] = useDraft("plan", {});
  const isChanged = Object.keys(draft).length > 0;
  return html`<${Screen} title=${t("plan.title")} back="/me">
    <p>${t("plan.lead")}</p>
    <${Form} onSend=${() => act("plan.edit", draft).then(clear)}>
      ${FIELDS.map((name) => html`<${Area} key=${name} label=${t(`plan.${name}`)} value=${draft[name] ?? saved[name] ?? ""}
        onValue=${(next) => set({ ...draft, [name]: next })} most=${2000} />`)}
      <${Deed} disabled=${!isChanged}>${t(isChanged ? "save" : "saved")}<//>
    <//>
    <${Note}>${t("plan.note")}<//>
  <//>`;
}
