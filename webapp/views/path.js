// The path of a pairing: what both have pinned, and strengths that one noticed in the other. It can be printed.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty, Note } from "../parts/faces.js";
import { Area, Form } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const milestones = useRecords({ kind: "milestone", space }, [space]);
  const strengths = useRecords({ kind: "strength", space }, [space]);
  const pins = useRecords({ kind: "pin", where: (row) => row.data.where === space }, [space]);
  const [text, setText, clear] = useDraft(`strength.${space}`);
  if (!talk) return html`<${Gone} />`;
  const isKept = (pin) => milestones.some((row) => row.data.of === pin.data.of);
  const alone = pins.filter((pin) => !isKept(pin));
  return html`<${Screen} title=${t("path.title")} back=${`/talk/${space}`}>
    <p>${t("path.lead", { name: talk.name })}</p>
    ${milestones.length + strengths.length === 0 && html`<${Empty}>${t("path.none", { name: talk.name })}<//>`}
    ${milestones.map((row) => html`<${Kept} key=${row.id} row=${row} />`)}
    ${strengths.map((row) => html`<${Card} key=${row.id} title=${row.mine ? t("strength.mine") : t("strength.theirs", { name: talk.name })}>
      <p dir="auto">${row.data.text}</p>
      ${row.mine && html`<${Quiet} onClick=${() => act("strength.withdraw", { space, id: row.id })}>${t("take-back")}<//>`}
    <//>`)}
    ${alone.length > 0 && html`<${Note}>${t("path.alone", { count: alone.length })}<//>`}
    ${talk.canWrite && html`<${Card} title=${t("strength.new")}>
      <${Form} onSend=${() => act("strength.notice", { space, id: beside.id(), text }).then(clear)}>
        <${Area} label=${t("strength.label", { name: talk.name })} value=${text} onValue=${setText} most=${500} required />
        <${Deed}>${t("strength.go")}<//>
      <//>
    <//>`}
    <${Quiet} onClick=${() => print()}>${t("path.print")}<//>
  <//>`;
}

function Kept({ row }) {
  const { kind, of, pinned_at: at } = row.data;
  const about = useRecords({ kind, space: row.space, where: (one) => one.id === of }, [of]).at(-1);
  const words = about?.data.text ?? about?.data.theme ?? about?.data.words;
  return html`<${Card}><p><small>${t(`deed.${kind}`)} · ${date(at)}</small></p><p dir="auto">${words ?? t("path.elsewhere")}</p><//>`;
}
