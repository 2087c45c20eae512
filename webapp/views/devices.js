// The devices on which the user is signed in.
import { html } from "../lib/html.js";
import { beside, useRecords, act, useTask } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { useAsked } from "../lib/kept.js";
import { t } from "../lib/words.js";
import { Quiet, Sure } from "../parts/buttons.js";
import { Card, Face, Problem } from "../parts/faces.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const asked = useAsked("/devices");
  const events = useRecords({ kind: "security_event" });
  const [run, { error }] = useTask();
  const end = (id) => run(() => beside.request("DELETE", `/devices/${id}`)).then(asked.again);
  return html`<${Screen} title=${t("devices.title")} back="/me">
    <p>${t("devices.lead")}</p>
    ${events.map(
      (row) => html`<${Card} key=${row.id} title=${t("devices.event")}>
        <p dir="auto">${t("devices.event.says", { what: t(`security.${row.data.event}`), name: row.data.name ?? "", when: date(row.data.at) })}</p>
        <${Quiet} onClick=${() => act("security_event.dismiss", { id: row.id })}>${t("devices.event.me")}<//>
      <//>`,
    )}
    <${Problem} error=${error} />
    <${Face} of=${asked}>
      ${({ devices }) => devices.map(
        (one) => html`<${Card} key=${one.id} title=${one.name}>
          <p>${one.this ? t("devices.this") : t("devices.since", { when: date(one.created_at) })}</p>
          ${!one.this && html`<${Sure} label=${t("devices.end")} says=${t("devices.end.says")} onYes=${() => end(one.id)} />`}
        <//>`,
      )}
    <//>
  <//>`;
}
