// The field in which the user chooses messages that a moderator or supervisor may read.
import { html, useState } from "../lib/html.js";
import { useRecords } from "../lib/beside.js";
import { moment } from "../lib/dates.js";
import { t } from "../lib/words.js";
import { Quiet } from "./buttons.js";
import { Some } from "./fields.js";

const STEP = 20;
const MOST = 50;

export function Picking({ space, talk, legend, hint, value, onValue }) {
  const [last, more] = useState(STEP);
  const all = useRecords({ kind: "message", space }, [space]).filter((row) => !row.pending);
  const shown = all.filter((row, place) => value.includes(row.id) || place >= all.length - last);
  const options = shown.map((row) => [row.id, row.data.text.slice(0, 160), `${row.mine ? t("you") : talk.name} · ${moment(row.data.sent_at)}`]);
  return html`<${Some} legend=${legend} hint=${hint} options=${options} value=${value} onValue=${onValue} most=${MOST} />
    ${all.length > shown.length && html`<${Quiet} onClick=${() => more(last + STEP)}>${t("talk.earlier")}<//>`}`;
}
