// Check-ins: private answers to how the pairing is going. The view says that this is no test.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { useKept } from "../lib/kept.js";
import { useTalk } from "../lib/talks.js";
import { inMine, t } from "../lib/words.js";
import { Deed, Quiet, Way } from "../parts/buttons.js";
import { Card, Face, Note } from "../parts/faces.js";
import { Form, One } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

const SCALE = Array.from({ length: 11 }, (_, number) => number);

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "checkin", where: (row) => row.data.pairing === talk?.id }, [space, talk?.id]).toReversed();
  const trend = useRecords({ kind: "trend", where: (row) => row.id === talk?.id }, [space, talk?.id]).at(-1);
  const [draft, set, clear] = useDraft(`checkin.${space}`, {});
  const items = useKept("/checkin-items");
  if (!talk) return html`<${Gone} />`;
  const isEarly = trend && trend.data.next_at > Date.now();
  const put = () => act("checkin.put", { id: beside.id(), pairing: talk.id, ...draft }).then(clear);
  return html`<${Screen} title=${t("checkin.title")} back=${`/talk/${space}`}>
    <p class="lead">${t("checkin.only")}</p>
    <${Note}>${t("checkin.note")}<//>
    ${trend?.data.hint && html`<${Hint} space=${space} role=${talk.role} />`}
    ${isEarly && html`<p>${t("checkin.early", { when: date(trend.data.next_at) })}</p>`}
    ${!isEarly && talk.state !== "ended" && html`<${Face} of=${items}>
      ${({ items: asked }) => html`<${Form} onSend=${put}>
        ${Object.entries(asked).map(([name, texts]) => html`<div class="scale" key=${name}>
          <${One} legend=${inMine(texts)} hint=${t("checkin.scale")} options=${[[null, t("checkin.skip")], ...SCALE.map((one) => [one, String(one)])]}
            value=${draft[name] ?? null} onValue=${(value) => set({ ...draft, [name]: value })} /></div>`)}
        <${Deed}>${t("checkin.put")}<//>
      <//>`}
    <//>`}
    ${rows.map((row) => html`<${Card} key=${row.id} title=${date(row.data.at)}>
      <${Quiet} onClick=${() => act("checkin.delete", { id: row.id })}>${t("remove")}<//>
    <//>`)}
  <//>`;
}

const Hint = ({ space, role }) => html`<${Card} title=${t("checkin.hint")}>
  <p>${t("checkin.hint.says")}</p>
  <nav class="ways" aria-label=${t("checkin.hint")}>
    <${Way} to=${`/talk/${space}/about`}>${t("repair.title")}<//>
    <${Way} to=${`/talk/${space}/questions`}>${t("questions.title")}<//>
    <${Way} to=${`/talk/${space}/agreement`}>${t("agreement.propose")}<//>
    ${role === "peer" && html`<${Way} to=${`/talk/${space}/parting`}>${t("parting.other")}<//>`}
  </nav>
<//>`;
