// Joining a specialist by their code.
import { html } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Problem } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const [draft, set, clear] = useDraft("join", { code: "", name: "" });
  const [run, { busy, error }] = useTask();
  async function send() {
    const body = { code: draft.code.trim(), ...(draft.name.trim() && { name: draft.name.trim() }) };
    const answer = await run(() => beside.request("POST", "/pairing/join", body));
    const joined = answer?.changes.find((row) => row.kind === "pairing");
    if (!joined) return;
    clear();
    beside.wake();
    go(`/talk/${joined.space}`, { replace: true });
  }
  return html`<${Screen} title=${t("join.title")} back="/find">
    <p>${t("join.lead")}</p>
    <${Form} onSend=${send}>
      <${Line} label=${t("join.code")} value=${draft.code} onValue=${(code) => set({ ...draft, code })} required autocapitalize="characters"
        autocomplete="off" spellcheck=${false} />
      <${Line} label=${t("find.name")} hint=${t("find.name.hint")} value=${draft.name} onValue=${(name) => set({ ...draft, name })} maxlength="80" />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("join.go")}<//>
    <//>
  <//>`;
}
