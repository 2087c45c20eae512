// A conversation: its messages and events, the delivery states, and the composer.
import { html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { beside } from "../lib/beside.js";
import { seen } from "../lib/push.js";
import { useTimeline } from "../lib/timeline.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Quiet } from "../parts/buttons.js";
import { Codes } from "../parts/codes.js";
import { Composer } from "../parts/composer.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";
import { Beginning, Standing } from "../parts/standing.js";
import { Timeline } from "../parts/timeline.js";
import { TalkMenu } from "../parts/talk-menu.js";

export function View({ parts: [space, , target] }) {
  const talk = useTalk(space);
  const [last, setLast] = useState(50);
  const { rows, since, newest } = useTimeline(space, last);
  const [reply, answer] = useState(null);
  const [editing, edit] = useState(null);
  const place = useRef(null);
  useReading(space, newest);
  const [isDown, toNewest] = useScrolling(place, rows, since, target);
  if (!talk) return html`<${Gone} />`;
  async function earlier() {
    setLast(last + 50);
    if (beside.hasHistory(space)) await beside.history(space, 50).catch(() => {});
  }
  const foot = html`<footer class="foot">
    ${talk.canWrite
      ? html`<${Composer} talk=${talk} reply=${reply} editing=${editing} onDone=${() => (answer(null), edit(null))} onSent=${toNewest} key=${editing?.id} />`
      : html`<${Standing} talk=${talk} />`}
  </footer>`;
  return html`<div class="with-beside">
    <${Screen} title=${talk.title} back="/talks" wide foot=${foot}>
      <div class="talk" ref=${place} role="log" aria-label=${t("place.talks")}>
        ${(rows.length >= last || beside.hasHistory(space)) && html`<${Quiet} onClick=${earlier}>${t("talk.earlier")}<//>`}
        ${rows.length === 0 && html`<${Beginning} talk=${talk} />`}
        <${Timeline} rows=${rows} since=${since} talk=${talk} onReply=${answer} onEdit=${edit} />
        ${talk.words === "erased" && html`<p class="event">${t(`erased.${talk.role}`)}</p>`}
        <${Codes} isDue=${rows.some((row) => row.kind === "message" && row.mine)} />
        ${!isDown && html`<button class="quiet newest" onClick=${toNewest}>${t("talk.newest")}</button>`}
      </div>
    <//>
    <aside class="beside" aria-label=${t("talk.about")}><${TalkMenu} talk=${talk} /></aside>
  </div>`;
}

/** Mark messages as read, but only while the page is visible. */
function useReading(space, newest) {
  useEffect(() => {
    const read = () => {
      if (newest && !document.hidden && beside.unread(space) > 0) beside.read(space, newest).then(seen, () => {});
    };
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [space, newest]);
}

/** Start at the target or the first unread row, follow new rows at the end, and tell whether the end is visible. */
function useScrolling(place, rows, since, target) {
  const [isDown, set] = useState(true);
  const wasDown = useRef(true);
  const body = () => place.current?.closest(".body");
  const toNewest = () => requestAnimationFrame(() => body()?.scrollTo(0, body().scrollHeight));
  useEffect(() => {
    const box = body();
    const look = () => {
      wasDown.current = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      set(wasDown.current);
    };
    box?.addEventListener("scroll", look, { passive: true });
    return () => box?.removeEventListener("scroll", look);
  }, []);
  const begun = useRef(false);
  useLayoutEffect(() => {
    if (rows.length === 0) return;
    const begins = !begun.current && document.getElementById(target ? `m-${target}` : "since");
    if (begins) begins.scrollIntoView({ block: "center" });
    else if (!begun.current || wasDown.current) body()?.scrollTo(0, body().scrollHeight);
    begun.current = true;
  }, [rows.length, rows.at(-1)?.id]);
  return [isDown, toNewest];
}
