// The list of the user's conversations.
import { html } from "../lib/html.js";
import { useRecords, useSession } from "../lib/beside.js";
import { useTalks } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Empty } from "../parts/faces.js";
import { Screen } from "../parts/screen.js";
import { Sanction } from "../parts/sanction.js";

export function View() {
  const { role } = useSession();
  const talks = useTalks();
  const messages = useRecords({ kind: "message" });
  const last = (space) => messages.findLast((row) => row.space === space)?.data.text;
  return html`<${Screen} title=${t("place.talks")}>
    <${Sanction} />
    ${talks.length > 0 && html`<ul class="ways talks">
      ${talks.map(
        (talk) => html`<li key=${talk.space}>
          <a class="talk-row" href=${`#/talk/${talk.space}`}>
            <div>
              <p dir="auto">${talk.title}</p>
              <small dir="auto">${says(talk, last(talk.space))}</small>
            </div>
            ${talk.unread > 0 && html`<small class="unread">${t("talks.new", { count: talk.unread })}</small>`}
          </a>
        </li>`,
      )}
    </ul>`}
    ${talks.length === 0 && html`<${Empty}>${t(role === "peer" ? "talks.none.peer" : "talks.none.specialist")}<//>`}
    ${talks.length === 0 && role === "peer" && html`<a class="deed" href="#/find">${t("place.find")}</a>`}
  <//>`;
}

const says = (talk, text) => (talk.state === "active" && text ? text.slice(0, 120) : t(`pairing.${talk.state}`));
