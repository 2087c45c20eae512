// Quiet hours, in which the user gets no notifications.
import { html } from "../lib/html.js";
import { act, useMine } from "../lib/beside.js";
import { clock, minutes, zone } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Note } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

const NIGHT = [1320, 420];

export function View() {
  const saved = useMine("quiet")?.data.spans ?? [];
  const [draft, set, clear] = useDraft("quiet", null);
  const spans = draft ?? saved;
  const change = (place, side) => (text) => set(spans.map((span, one) => (one === place ? span.with(side, quarter(text)) : span)));
  const save = () => act("quiet.set", { zone: zone(), spans }).then(clear);
  return html`<${Screen} title=${t("quiet.title")} back="/me">
    <p>${t("quiet.lead")}</p>
    <${Form} onSend=${save}>
      ${spans.map(
        ([from, to], place) => html`<div class="card" key=${place}>
          <${Line} type="time" step="900" label=${t("quiet.from")} value=${clock(from % 1440)} onValue=${change(place, 0)} required />
          <${Line} type="time" step="900" label=${t("quiet.to")} value=${clock(to % 1440)} onValue=${change(place, 1)} required />
          <${Quiet} onClick=${() => set(spans.filter((_, one) => one !== place))}>${t("remove")}<//>
        </div>`,
      )}
      ${spans.length < 12 && html`<${Quiet} onClick=${() => set([...spans, NIGHT])}>${t("quiet.add")}<//>`}
      <${Deed} disabled=${draft === null}>${t(draft === null ? "saved" : "save")}<//>
    <//>
    <${Note}>${t("quiet.note")}<//>
  <//>`;
}

const quarter = (text) => (text ? Math.round(minutes(text) / 15) * 15 : 0);
