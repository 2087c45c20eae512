// The people whom the user has blocked. Lifting a block shows the messages again; matching never pairs the two again.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { t } from "../lib/words.js";
import { Sure } from "../parts/buttons.js";
import { Card, Empty } from "../parts/faces.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const rows = useRecords({ kind: "block", where: (row) => !row.data.lifted });
  return html`<${Screen} title=${t("blocked.title")} back="/me">
    ${rows.length === 0 && html`<${Empty}>${t("blocked.none")}<//>`}
    ${rows.map((row) => html`<${Card} key=${row.id} title=${t("blocked.since", { when: date(row.data.at ?? Date.now()) })}>
      <${Sure} label=${t("blocked.lift")} says=${t("blocked.lift.says")} onYes=${() => act("block.lift", { space: row.data.where })} />
    <//>`)}
  <//>`;
}
