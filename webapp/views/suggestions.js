// Suggestions: the other allows one before its text is shown, or answers that it is not the time.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty } from "../parts/faces.js";
import { Area, Form, Line } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "suggestion", space }, [space]).toReversed();
  const [draft, set, clear] = useDraft(`suggestion.${space}`, { about: "", text: "" });
  if (!talk) return html`<${Gone} />`;
  const ask = () => act("suggestion.ask", { space, id: beside.id(), text: draft.text, ...(draft.about.trim() && { about: draft.about.trim() }) }).then(clear);
  return html`<${Screen} title=${t("suggestions.title")} back=${`/talk/${space}`}>
    <p>${t("suggestions.lead", { name: talk.name })}</p>
    ${rows.length === 0 && html`<${Empty}>${t("suggestions.none")}<//>`}
    ${rows.map((row) => html`<${Suggestion} key=${row.id} row=${row} talk=${talk} />`)}
    ${talk.canWrite && html`<${Card} title=${t("suggestions.new")}>
      <${Form} onSend=${ask}>
        <${Line} label=${t("suggestions.about")} hint=${t("suggestions.about.hint", { name: talk.name })} value=${draft.about} onValue=${(about) => set({ ...draft, about })} maxlength="80" />
        <${Area} label=${t("suggestions.text")} hint=${t("suggestions.text.hint", { name: talk.name })} value=${draft.text} onValue=${(text) => set({ ...draft, text })} most=${2000} required />
        <${Deed}>${t("suggestions.ask")}<//>
      <//>
    <//>`}
  <//>`;
}

function Suggestion({ row, talk }) {
  const card = useRecords({ kind: "card", where: (one) => one.data.about === row.id }, [row.id]).at(-1);
  const args = { space: talk.space, id: row.id };
  const { state = "asked", about, text } = row.data;
  const canAnswer = !row.mine && talk.canWrite;
  const words = text ?? card?.data.text;
  return html`<${Card} title=${about ?? t("suggestions.a")}>
    ${words && html`<p dir="auto">${words}</p>`}
    <p class="note">${t(`suggestions.state.${state}.${row.mine ? "me" : "them"}`, { name: talk.name })}</p>
    <div class="row">
      ${row.mine && state !== "withdrawn" && html`<${Quiet} onClick=${() => act("suggestion.withdraw", args)}>${t("take-back")}<//>`}
      ${canAnswer && (state === "asked" || state === "not_now") && html`<${Quiet} onClick=${() => act("suggestion.allow", args)}>${t("suggestions.allow")}<//>`}
      ${canAnswer && state === "asked" && html`<${Quiet} onClick=${() => act("suggestion.not_now", args)}>${t("suggestions.not-now")}<//>`}
    </div>
  <//>`;
}
