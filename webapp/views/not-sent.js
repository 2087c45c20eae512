// Waiting and refused mutations. A refused text is kept until the user dismisses it.
import { html } from "../lib/html.js";
import { act, beside, explained, useReadable, useRecords, useWaiting } from "../lib/beside.js";
import { moment } from "../lib/dates.js";
import { has, t } from "../lib/words.js";
import { Quiet } from "../parts/buttons.js";
import { Card, Empty } from "../parts/faces.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const refused = useReadable(() => beside.refused);
  const waiting = useWaiting();
  const unsent = useRecords({ kind: "unsent" });
  const nothing = refused.length + waiting.length + unsent.length === 0;
  return html`<${Screen} title=${t("not-sent.title")} back="/me">
    ${nothing && html`<${Empty}>${t("not-sent.none")}<//>`}
    ${refused.map(
      (one) => html`<${Card} key=${one.id} title=${named(one)}>
        <p>${explained(one.error)}</p>
        <${Words} args=${one.args} />
        <p><small>${moment(written(one.at))}</small></p>
        <div class="row">
          <${Quiet} onClick=${() => navigator.clipboard?.writeText(words(one.args))}>${t("copy")}<//>
          <${Quiet} onClick=${() => beside.dismiss(one.id)}>${t("not-sent.away")}<//>
        </div>
      <//>`,
    )}
    ${unsent.map(
      (row) => html`<${Card} key=${row.id} title=${t("not-sent.other")}>
        <p dir="auto">${row.data.message}</p>
        <${Words} args=${row.data.cells ?? {}} />
        <${Quiet} onClick=${() => act("unsent.discard", { id: row.id })}>${t("not-sent.away")}<//>
      <//>`,
    )}
    ${waiting.map(
      (one) => html`<${Card} key=${one.id} title=${t("not-sent.waits")}>
        <p><small>${named(one)} · ${moment(written(one.at))}</small></p>
        <${Words} args=${one.args} />
      <//>`,
    )}
  <//>`;
}

/** Return the time of a mutation in ms, from its stamp <ms>-<counter>. */
const written = (stamp) => Number(stamp.split("-")[0]);

const words = (args) => Object.entries(args).filter(([name, one]) => name !== "id" && name !== "space" && typeof one === "string").map(([, one]) => one).join("\n");

const Words = ({ args }) => args.text || args.words ? html`<blockquote><p dir="auto">${args.text ?? args.words}</p></blockquote>` : null;

/** Return a text for the kind of record that a command is about. */
function named({ name }) {
  const key = `deed.${name.split(".")[0]}`;
  return t(has(key) ? key : "deed.other");
}
