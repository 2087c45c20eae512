// One message. A press on it shows its actions below it, where they cover nothing.
import { html, useState } from "../lib/html.js";
import { time } from "../lib/dates.js";
import { t } from "../lib/words.js";
import { MessageActions } from "./message-actions.js";

const FOLDED = 1600; // a message with more characters is cut until the user unfolds it
export const ACKS = ["heard", "with_you", "thank_you_for_telling_me", "tell_me_more_when_ready", "i_need_time"];

export function Message({ row, talk, quoted, acks, state, onReply, onEdit }) {
  const [isOpen, open] = useState(false);
  const [isWhole, unfold] = useState(false);
  const { text, sent_at: at, edited, origin, hard_to_say: hard } = row.data;
  const letters = [...text];
  const isLong = letters.length > FOLDED && !isWhole;
  const who = row.mine ? t("you") : origin === "system" ? t("app") : talk.name;
  const act = (work) => () => (open(false), work());
  return html`<article class=${`message ${row.mine ? "mine" : "theirs"} ${row.pending ? "pending" : ""}`} id=${`m-${row.id}`}
    aria-label=${t("message.of", { name: who, time: time(at ?? Date.now()) })}>
    <button class="opens" aria-expanded=${isOpen} onClick=${() => open(!isOpen)}>
      <span class="bubble" dir="auto">
        ${quoted !== undefined && quoted !== "" && row.data.reply_to && html`<span class="quote" dir="auto">${quoted ? excerpt(quoted.data.text) : t("message.reply-gone")}</span>`}
        ${isLong ? `${letters.slice(0, FOLDED - 400).join("")}…` : text}
        <time>${at ? time(at) : ""}</time>
      </span>
    </button>
    ${isLong && html`<button class="plain" onClick=${() => unfold(true)}>${t("message.all", { count: letters.length })}</button>`}
    <${Line} says=${[origin !== "person" && t(`origin.${origin}`), hard && t("message.hard"), edited && t("message.edited")]} />
    ${acks.map((ack) => html`<p class="state acks" key=${ack.id}>${ACKS.filter((one) => ack.data[one]).map((one) => t(`ack.${one}`)).join(" · ")}</p>`)}
    ${state && html`<p class="state">${t(`state.${state.replaceAll(" ", "_")}`, { name: talk.name })}</p>`}
    ${isOpen && html`<${MessageActions} row=${row} talk=${talk} ack=${acks.find((one) => one.mine)?.data ?? {}}
      onReply=${act(() => onReply(row))} onEdit=${act(() => onEdit(row))} onDone=${() => open(false)} />`}
  </article>`;
}

const excerpt = (text) => (text.length > 90 ? `${[...text].slice(0, 90).join("")}…` : text);

function Line({ says }) {
  const said = says.filter(Boolean);
  return said.length > 0 && html`<p class="state">${said.join(" · ")}</p>`;
}
