// Crisis lines. They are stored on the phone, and available without a network or an account.
import { html } from "../lib/html.js";
import { t } from "../lib/words.js";
import { Note } from "../parts/faces.js";
import { Emergency, Lines } from "../parts/lines.js";
import { Screen } from "../parts/screen.js";

export function View() {
  return html`<${Screen} title=${t("lines.title")} back="/">
    <p class="lead">${t("lines.lead")}</p>
    <${Emergency} />
    <${Lines} />
    <${Note}>${t("lines.note")}<//>
  <//>`;
}
