// The message composer. Typed text is stored until it is sent; a sent message is stored on the phone first.
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { act, beside, refusal } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Way } from "./buttons.js";
import { Left, Switch, useGrowing } from "./fields.js";
import { Icon } from "./icon.js";

const MOST = 10_000; // characters of a message

export function Composer({ talk, reply, editing, onDone, onSent }) {
  const [draft, set, clear] = useDraft(editing ? `edit.${editing.id}` : `talk.${talk.space}`, { text: editing?.data.text ?? "" });
  const [isMore, more] = useState(false);
  const area = useGrowing(draft.text);
  const taken = useRef(null); // the draft that was sent last, so that a second tap does not send it again
  useEffect(() => {
    if (reply) set({ ...draft, reply: reply.id, quoted: [...reply.data.text].slice(0, 80).join("") });
    if (reply || editing) area.current?.focus();
  }, [reply, editing?.id]);
  const alone = () => set({ ...draft, reply: undefined, quoted: undefined });
  const left = MOST - [...draft.text].length;
  const canSend = draft.text.trim() !== "" && left >= 0;
  async function send(event) {
    event?.preventDefault();
    if (!canSend || taken.current === draft) return;
    taken.current = draft;
    if (!editing) (clear(), more(false)); // at once, because further typing belongs to the next message
    try {
      await (editing ? act("message.edit", { space: talk.space, id: editing.id, text: draft.text }) : act("message.send", message(talk, draft)));
    } catch (error) {
      taken.current = null;
      set(draft);
      refusal.value = { name: "message.send", error };
      return;
    }
    if (editing) clear();
    onDone();
    if (!editing) onSent();
    area.current?.focus();
  }
  const keys = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(event);
    if (event.key === "Escape") (editing ? clear() : alone(), onDone());
  };
  return html`<form class="composer" onSubmit=${send}>
    <${About} says=${editing ? "compose.editing" : "compose.answering"} quoted=${editing?.data.text.slice(0, 80) ?? draft.quoted}
      onClose=${() => (editing ? clear() : alone(), onDone())} />
    ${isMore && !editing && html`<${More} talk=${talk} hard=${Boolean(draft.hard)} onHard=${(hard) => set({ ...draft, hard })} />`}
    <div class="compose">
      ${!editing && html`<button type="button" class="sign" aria-expanded=${isMore} aria-label=${t("compose.more")} onClick=${() => more(!isMore)}><${Icon} name="more" /></button>`}
      <textarea ref=${area} rows="1" dir="auto" aria-label=${t("compose.to", { name: talk.name })} placeholder=${t("compose.to", { name: talk.name })}
        aria-keyshortcuts="Control+Enter Meta+Enter" value=${draft.text} onKeyDown=${keys}
        onInput=${(event) => set({ ...draft, text: event.currentTarget.value })} />
      <button class="sign go" disabled=${!canSend} aria-label=${t(editing ? "save" : "send")}><${Icon} name="send" /></button>
    </div>
    <${Left} left=${left} most=${MOST} />
  </form>`;
}

const message = ({ space }, { text, reply, hard }) => ({
  space, id: beside.id(), text, origin: "person", ...(reply && { reply_to: reply }), ...(hard && { hard_to_say: true }),
});

function About({ says, quoted, onClose }) {
  if (!quoted) return null;
  return html`<p class="row"><small class="quote" dir="auto">${t(says)} ${quoted}</small>
    <button type="button" class="plain" onClick=${onClose}>${t("no")}</button></p>`;
}

function More({ talk, hard, onHard }) {
  const to = (place) => `/talk/${talk.space}/${place}`;
  return html`<${Switch} label=${t("message.hard.mark")} hint=${t("message.hard.hint", { name: talk.name })} value=${hard} onValue=${onHard} />
    <nav class="ways" aria-label=${t("compose.more")}>
      <${Way} to=${to("questions")}>${t("questions.title")}<//>
      <${Way} to=${to("promises")}>${t("promises.title")}<//>
      <${Way} to=${to("together")}>${t("together.title")}<//>
      <${Way} to=${to("about")}>${t("talk.all")}<//>
    </nav>`;
}
