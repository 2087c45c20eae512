// The actions on a message: reply, acknowledge, pin, copy, report; and on one of the user: edit, flag, delete.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { t } from "../lib/words.js";
import { Quiet, Sure } from "./buttons.js";
import { ACKS } from "./message.js";

export function MessageActions({ row, talk, ack, onReply, onEdit, onDone }) {
  const { space } = talk;
  const pins = useRecords({ kind: "pin", where: (one) => one.data.where === space && one.data.of === row.id }, [row.id]);
  const pin = { space, kind: "message", of: row.id };
  const done = (name, args) => act(name, args).then(onDone);
  const isSaved = Boolean(row.seq);
  const theirs = html`${ACKS.map(
    (one) => html`<button class="quiet" key=${one} aria-pressed=${Boolean(ack[one])}
      onClick=${() => done("ack.set", { space, message: row.id, [one]: !ack[one] })}>${ack[one] ? t("ack.undo", { says: t(`ack.${one}`) }) : t(`ack.${one}`)}</button>`,
  )}`;
  const mine = html`${talk.canWrite && html`<${Quiet} onClick=${onEdit}>${t("message.edit")}<//>
    <${Quiet} onClick=${() => done("message.flag", { space, id: row.id, hard_to_say: !row.data.hard_to_say })}>
      ${t(row.data.hard_to_say ? "message.hard.undo" : "message.hard.mark")}<//>`}
    <${Sure} label=${t("message.delete")} says=${t("message.delete.says", { name: talk.name })} onYes=${() => done("message.delete", { space, id: row.id })} />`;
  return html`<div class="actions" role="group" aria-label=${t("message.actions")}>
    ${talk.canWrite && html`<${Quiet} onClick=${onReply}>${t("message.reply")}<//>`}
    ${talk.canWrite && !row.mine && row.data.origin === "person" && theirs}
    ${row.mine && mine}
    ${isSaved && talk.canWrite && html`<${Quiet} onClick=${() => done(pins.length > 0 ? "milestone.unpin" : "milestone.pin", pin)}>${t(pins.length > 0 ? "path.unpin" : "path.pin")}<//>`}
    <${Quiet} onClick=${() => (navigator.clipboard?.writeText(row.data.text), onDone())}>${t("copy")}<//>
    ${!row.mine && html`<a class="quiet" href=${`#/talk/${space}/report/${row.id}`}>${t("report.title")}</a>`}
  </div>`;
}
