// A handover, because the specialist cannot go on: their words, the last day, and how a peer refuses a successor.
import { html } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { t } from "../lib/words.js";
import { Sure } from "./buttons.js";
import { Card } from "./faces.js";

export function Handover({ talk }) {
  const { space, name, role, id } = talk;
  const row = useRecords({ kind: "handover", space }, [space]).at(-1);
  if (!row) return null;
  const { sort, state, until, words } = row.data;
  const isOpen = state === "announced" && role === "peer";
  return html`<${Card} title=${t(`event.handover.${state}.${role === "peer" ? "them" : "me"}`, { name })}>
    ${words && html`<p dir="auto">${words}</p>`}
    ${until && state === "announced" && html`<p class="note">${t("handover.time", { when: date(until) })}</p>`}
    ${isOpen && html`<p><a href="#/find">${t("handover.next")}</a></p>`}
    ${isOpen && sort === "planned" && html`<${Sure} label=${t("handover.refuse")} says=${t("handover.refuse.says")}
      onYes=${() => act("handover.refuse", { pairing: id })} />`}
  <//>`;
}
