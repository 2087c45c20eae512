// Promises: a member says when they will be back. Beside does not show when somebody was last online.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { DAY, HOUR, local, moment, until, zone } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { useTalk } from "../lib/talks.js";
import { options } from "../lib/choices.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty } from "../parts/faces.js";
import { Form, Line, One } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";
import { useNow } from "../lib/now.js";

const SORTS = ["back", "reply", "think", "check"];

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const rows = useRecords({ kind: "promise", space }, [space]).toReversed();
  if (!talk) return html`<${Gone} />`;
  return html`<${Screen} title=${t("promises.title")} back=${`/talk/${space}`}>
    <p>${t("promises.lead")}</p>
    ${talk.canWrite && html`<${Make} space=${space} />`}
    ${rows.length === 0 && html`<${Empty}>${t("promises.none")}<//>`}
    ${rows.map((row) => html`<${Promised} key=${row.id} row=${row} talk=${talk} />`)}
  <//>`;
}

function Make({ space }) {
  const [draft, set, clear] = useDraft(`promise.${space}`, { sort: "back", words: "" });
  const by = draft.by ?? local(Date.now() + DAY).slice(0, 14).concat("00");
  async function make() {
    const words = draft.words.trim();
    await act("promise.make", { space, id: beside.id(), sort: draft.sort, by, zone: zone(), ...(words && { words }) });
    clear();
  }
  return html`<${Card} title=${t("promise.make")}>
    <${Form} onSend=${make}>
      <${One} legend=${t("promise.sort")} options=${options(SORTS, "promise.sort")} value=${draft.sort} onValue=${(sort) => set({ ...draft, sort })} />
      <${Line} type="datetime-local" label=${t("promise.by")} value=${by} min=${local(Date.now())} max=${local(Date.now() + 89 * DAY)} required
        onValue=${(next) => set({ ...draft, by: next })} />
      <${Line} label=${t("promise.words")} value=${draft.words} onValue=${(words) => set({ ...draft, words })} maxlength="200" />
      <${Deed}>${t("promise.go")}<//>
    <//>
  <//>`;
}

function Promised({ row, talk }) {
  const now = useNow();
  const { state, by_at: at, words, sort, late } = row.data;
  const args = { space: talk.space, id: row.id };
  const when = at ?? new Date(row.data.by).getTime();
  const isOpen = state === "made" || state === undefined;
  const isOver = isOpen && now > when;
  const says = isOver ? "promise.nothing-yet" : `promise.state.${state ?? "made"}${late && state === "kept" ? ".late" : ""}`;
  return html`<${Card} title=${t(`promise.sort.${sort}`)}>
    <p>${row.mine ? t("you") : talk.name} · ${moment(when)}</p>
    ${words && html`<p dir="auto">${words}</p>`}
    <p class="note">${t(says, { when: until(when, now) })}</p>
    <div class="row">
      ${row.mine && isOpen && !isOver && html`<${Quiet} onClick=${() => act("promise.keep", args)}>${t("promise.keep")}<//>
        <${Quiet} onClick=${() => act("promise.renew", { ...args, by: local(when + 24 * HOUR), zone: zone() })}>${t("promise.renew")}<//>`}
      ${!row.mine && (isOpen || state === "missed") && html`<${Quiet} onClick=${() => act("promise.excuse", args)}>${t("promise.excuse")}<//>`}
    </div>
  <//>`;
}
