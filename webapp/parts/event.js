// An event between the messages, as one line that links to its view.
import { html } from "../lib/html.js";
import { until } from "../lib/dates.js";
import { t } from "../lib/words.js";

const PLACES = { question: "questions", promise: "promises", disclosure: "together", suggestion: "suggestions", session: "hour", repair: "about", handover: "about" };

export function Event({ row, talk }) {
  const who = row.mine ? "me" : "them";
  const { state, by_at: at } = row.data;
  const says = state ? t(`event.${row.kind}.${state}.${who}`, { name: talk.name, when: at ? until(at) : "" }) : t("event.pending", { name: talk.name });
  const about = row.data.text ?? row.data.theme ?? row.data.words;
  return html`<p class="event"><a href=${`#/talk/${talk.space}/${PLACES[row.kind]}`}>${says}</a>
    ${typeof about === "string" && about !== "" && html`<br /><span dir="auto">${about.slice(0, 140)}</span>`}</p>`;
}
