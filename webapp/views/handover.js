// Announcing a handover: a specialist who cannot go on tells the peer, who is then offered somebody else.
import { html } from "../lib/html.js";
import { act } from "../lib/beside.js";
import { DAY, local } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { back } from "../lib/router.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Note } from "../parts/faces.js";
import { Area, Form, Line } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const [draft, set, clear] = useDraft(`handover.${space}`, { words: "" });
  if (!talk) return html`<${Gone} />`;
  const until = draft.until ?? local(Date.now() + 14 * DAY);
  async function announce() {
    await act("handover.announce", { pairing: talk.id, until: new Date(until).getTime(), words: draft.words });
    clear();
    back(`/talk/${space}`);
  }
  return html`<${Screen} title=${t("handover.title")} back=${`/talk/${space}`}>
    ${talk.state === "handover"
      ? html`<${Note}>${t("handover.going", { name: talk.name })}<//>`
      : html`<p>${t("handover.lead", { name: talk.name })}</p>
        <${Form} onSend=${announce}>
          <${Line} type="datetime-local" label=${t("handover.until")} min=${local(Date.now())} value=${until} onValue=${(next) => set({ ...draft, until: next })} required />
          <${Area} label=${t("handover.words", { name: talk.name })} value=${draft.words} onValue=${(words) => set({ ...draft, words })} most=${1000} />
          <${Deed}>${t("handover.go")}<//>
        <//>`}
  <//>`;
}
