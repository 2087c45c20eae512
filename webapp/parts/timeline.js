// The rows of a conversation, with days, a line before the first unread row, and the states of the user's messages.
import { html } from "../lib/html.js";
import { beside, useRecords } from "../lib/beside.js";
import { day } from "../lib/dates.js";
import { withDays } from "../lib/timeline.js";
import { t } from "../lib/words.js";
import { Event } from "./event.js";
import { Message } from "./message.js";

export function Timeline({ rows, since, talk, onReply, onEdit }) {
  const acks = useRecords({ kind: "ack", space: talk.space }, [talk.space]);
  useRecords({ kind: "receipt", space: talk.space }, [talk.space]); // receipts change the delivery states
  const messages = new Map(rows.filter((row) => row.kind === "message").map((row) => [row.id, row]));
  const mine = [...messages.values()].filter((row) => row.mine);
  const states = new Map(mine.map((row) => [row.id, beside.state(row)]));
  const isLastOfItsState = (row) => states.get(row.id) !== states.get(mine[mine.indexOf(row) + 1]?.id);
  return withDays(rows).map(
    ([at, row]) => html`${at && html`<p class="day" key=${`day-${row.id}`}>${day(at)}</p>`}
      ${row.id === since && html`<p class="since" id="since" key="since">${t("talk.since")}</p>`}
      ${row.kind === "message"
        ? html`<${Message} key=${row.id} row=${row} talk=${talk} quoted=${row.data.reply_to && (messages.get(row.data.reply_to) ?? null)}
            acks=${acks.filter((ack) => ack.data.message === row.id)} state=${row.mine && isLastOfItsState(row) ? states.get(row.id) : undefined}
            onReply=${onReply} onEdit=${onEdit} />`
        : html`<${Event} key=${row.id} row=${row} talk=${talk} />`}`,
  );
}
