// The specialist's facts: topics that they have lived through, and who may know of each.
import { html } from "../lib/html.js";
import { act, beside, useRecords } from "../lib/beside.js";
import { options, topicLabel, topicOptions, upper } from "../lib/choices.js";
import { useDraft } from "../lib/drafts.js";
import { useKept } from "../lib/kept.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Card, Empty, Face } from "../parts/faces.js";
import { Form, One } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

const TIERS = ["private", "match_only", "open_together", "paired", "profile"];

export function View() {
  const rows = useRecords({ kind: "fact" });
  const topics = useKept("/topics");
  const [draft, set, clear] = useDraft("fact", { tier: "match_only" });
  const add = () => act("fact.put", { id: beside.id(), topic: draft.topic, kind: "lived", depth: 2, tier: draft.tier }).then(clear);
  return html`<${Screen} title=${t("facts.title")} back="/offers">
    <p>${t("facts.lead")}</p>
    ${rows.length === 0 && html`<${Empty}>${t("facts.none")}<//>`}
    ${rows.map((row) => html`<${Fact} key=${row.id} row=${row} topics=${topics.value} />`)}
    <${Face} of=${topics}>
      ${(kept) => html`<${Card} title=${t("facts.new")}>
        <${Form} onSend=${add}>
          <${One} legend=${t("facts.topic")} options=${topicOptions(kept)} value=${draft.topic} onValue=${(topic) => set({ ...draft, topic })} />
          <${One} legend=${t("facts.tier")} options=${options(TIERS, "tier")} value=${draft.tier} onValue=${(tier) => set({ ...draft, tier })} />
          <${Deed} disabled=${!draft.topic}>${t("facts.add")}<//>
        <//>
      <//>`}
    <//>
  <//>`;
}

/** One fact. `seen` is the tier on the screen: the server widens the tier only if that is still the current one. */
function Fact({ row, topics }) {
  const put = (tier) => act("fact.put", { id: row.id, tier, seen: row.data.tier });
  return html`<${Card} title=${upper(topicLabel(topics, row.data.topic ?? ""))}>
    <${One} legend=${t("facts.tier")} options=${options(TIERS, "tier")} value=${row.data.tier} onValue=${put} />
    <${Quiet} onClick=${() => act("fact.delete", { id: row.id })}>${t("remove")}<//>
  <//>`;
}
