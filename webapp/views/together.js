// Opening together: each member seals a card about one theme. Once both are sealed, both open at the same moment.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { until } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty, Note } from "../parts/faces.js";
import { Area, Form, Line } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

const HOURS = 72; // that both have to seal their cards

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "disclosure", space }, [space]).toReversed();
  const [theme, setTheme, clear] = useDraft(`together.${space}`);
  if (!talk) return html`<${Gone} />`;
  const invite = () => act("disclosure.invite", { space, id: beside.id(), theme: theme.trim(), hours: HOURS }).then(clear);
  return html`<${Screen} title=${t("together.title")} back=${`/talk/${space}`}>
    <p>${t("together.lead", { name: talk.name })}</p>
    ${rows.length === 0 && html`<${Empty}>${t("together.none")}<//>`}
    ${rows.map((row) => html`<${Disclosure} key=${row.id} row=${row} talk=${talk} />`)}
    ${talk.canWrite && html`<${Card} title=${t("together.new")}>
      <${Form} onSend=${invite}>
        <${Line} label=${t("together.theme")} hint=${t("together.theme.hint")} value=${theme} onValue=${setTheme} maxlength="200" required />
        <${Deed}>${t("together.invite")}<//>
      <//>
    <//>`}
  <//>`;
}

function Disclosure({ row, talk }) {
  const { space } = talk;
  const card = useRecords({ kind: "card", where: (one) => one.data.about === row.id }, [row.id]).at(-1);
  const [text, setText, clear] = useDraft(`card.${row.id}`, card?.data.text ?? "");
  const { state, cards, theme, prompt, due_at: due, sealed = [] } = row.data;
  const isOpen = state === "invited" || state === "sealed" || state === undefined;
  const isMine = sealed.includes(talk.me);
  const isTheirs = sealed.some((one) => one !== talk.me);
  const seal = () => act("disclosure.seal", { space, id: row.id, text });
  return html`<${Card} title=${theme ?? prompt ?? ""}>
    <p class="note">${t(`together.state.${state ?? "invited"}`, { name: talk.name, when: due ? until(due) : "" })}</p>
    ${cards && [talk.me, talk.other].map((member) => html`<div key=${member}>
      <p><small>${member === talk.me ? t("you") : talk.name}</small></p><p dir="auto">${cards[member]?.text}</p></div>`)}
    ${isOpen && html`<p>${t(isMine ? "together.mine-sealed" : isTheirs ? "together.theirs-sealed" : "together.nobody", { name: talk.name })}</p>
      ${talk.canWrite && html`<${Form} onSend=${seal}>
        <${Area} label=${t("together.card")} hint=${t("together.card.hint", { name: talk.name })} value=${text} onValue=${setText} most=${10000} required />
        <div class="row">
          <${Deed}>${t(isMine ? "together.again" : "together.seal")}<//>
          <${Quiet} onClick=${() => act("disclosure.withdraw", { space, id: row.id }).then(clear)}>${t("together.withdraw")}<//>
        </div>
      <//>`}
      <${Note}>${t("together.sealed", { name: talk.name })}<//>`}
  <//>`;
}
