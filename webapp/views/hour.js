// A session: both know its end from the beginning, and can extend it, or close it with words.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { MINUTE, time, until } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { useNow } from "../lib/now.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card } from "../parts/faces.js";
import { Area, Form, One } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

const LENGTHS = [30, 60, 90];

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const session = useRecords({ kind: "session", space }, [space]).at(-1);
  const [length, setLength] = useDraft(`hour.${space}`, 60);
  const now = useNow();
  if (!talk) return html`<${Gone} />`;
  const isGoing = session && session.data.state !== "closed";
  const open = () => act("session.open", { space, until: Date.now() + length * MINUTE });
  return html`<${Screen} title=${t("hour.title")} back=${`/talk/${space}`}>
    <p>${t("hour.lead")}</p>
    ${isGoing && html`<${Going} session=${session} talk=${talk} now=${now} />`}
    ${!isGoing && talk.canWrite && html`<${Form} onSend=${open}>
      <${One} legend=${t("hour.length")} options=${LENGTHS.map((one) => [one, t("hour.minutes", { count: one })])} value=${length} onValue=${setLength} />
      <${Deed}>${t("hour.open")}<//>
    <//>`}
  <//>`;
}

function Going({ session, talk, now }) {
  const { space } = talk;
  const [words, setWords, clear] = useDraft(`hour.words.${space}`);
  const { state, until: end, words: said } = session.data;
  const close = () => act("session.close", { space, ...(words.trim() && { words }) }).then(clear);
  return html`<${Card} title=${t(`hour.state.${state ?? "open"}`)}>
    <p>${t("hour.until", { time: time(end), when: until(end, now) })}</p>
    ${Object.entries(said ?? {}).map(([member, one]) => html`<p key=${member} dir="auto"><small>${member === talk.me ? t("you") : talk.name}</small> ${one}</p>`)}
    <${Quiet} onClick=${() => act("session.extend", { space, until: Math.max(end, Date.now()) + 15 * MINUTE })}>${t("hour.extend")}<//>
    <${Form} onSend=${close}>
      <${Area} label=${t("hour.words")} value=${words} onValue=${setWords} most=${1000} />
      <${Deed}>${t("hour.close")}<//>
    <//>
  <//>`;
}
