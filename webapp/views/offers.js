// Offers to the specialist, with the reasons that the peer saw and a deadline. A refusal needs no reason.
import { html } from "../lib/html.js";
import { act, useMine, useRecords } from "../lib/beside.js";
import { topicLabel, upper } from "../lib/choices.js";
import { date, until } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { go } from "../lib/router.js";
import { useKept } from "../lib/kept.js";
import { useNow } from "../lib/now.js";
import { inMine, t } from "../lib/words.js";
import { Deed, Quiet, Way } from "../parts/buttons.js";
import { Card, Empty, Note } from "../parts/faces.js";
import { Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const offers = useRecords({ kind: "offer", where: (row) => row.data.state === "sent" });
  const practice = useMine("practice")?.data ?? {};
  const credential = useMine("credential")?.data;
  const isAway = practice.paused_until > Date.now();
  return html`<${Screen} title=${t("place.offers")}>
    ${practice.kindly && html`<${Note}>${t(`kindly.${practice.kindly}`)}<//>`}
    ${!(credential?.until > Date.now()) && html`<p class="problem">${t("credential.none")}</p>`}
    ${offers.length === 0 && html`<${Empty}>${isAway ? t("offers.away", { when: date(practice.paused_until) }) : t("offers.none")}<//>`}
    ${offers.map((row) => html`<${Offer} key=${row.id} row=${row} />`)}
    <nav class="ways" aria-label=${t("practice.title")}>
      <${Way} to="/practice" says=${t("practice.says")}>${t("practice.title")}<//>
      <${Way} to="/facts" says=${t("facts.says")}>${t("facts.title")}<//>
      <${Way} to="/invite" says=${t("invite.says")}>${t("invite.title")}<//>
      <${Way} to="/calls" says=${t("calls.says")}>${t("calls.title")}<//>
    </nav>
  <//>`;
}

function Offer({ row }) {
  const now = useNow();
  const kept = useKept("/topics").value;
  const [name, setName, clear] = useDraft(`offer.${row.id}`);
  const { topics, note, name: peer, reasons, limit, due_at: due } = row.data;
  const accept = () => act("offer.accept", { id: row.id, ...(name.trim() && { name: name.trim() }) }).then(clear).then(() => go("/talks"));
  return html`<${Card} title=${peer ?? upper(t("someone.peer"))}>
    <p>${Object.keys(topics ?? {}).map((one) => upper(topicLabel(kept, one))).join(" · ")}</p>
    ${note && html`<p dir="auto">${note}</p>`}
    <ul class="plain-list">${reasons.map((one) => html`<li key=${one.code} dir="auto">${inMine(one.text)}</li>`)}</ul>
    ${limit && html`<p class="note" dir="auto">${inMine(limit.text)}</p>`}
    <p>${t("offers.until", { when: until(due, now) })}</p>
    <${Line} label=${t("offers.name")} hint=${t("offers.name.hint")} value=${name} onValue=${setName} maxlength="80" />
    <div class="row">
      <${Deed} onClick=${accept}>${t("offers.yes")}<//>
      <${Quiet} onClick=${() => act("offer.decline", { id: row.id })}>${t("offers.no")}<//>
    </div>
    <p class="hint">${t("offers.no.says")}</p>
  <//>`;
}
