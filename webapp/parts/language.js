// The field in which the user chooses the language of the app.
import { html, useId } from "../lib/html.js";
import { choose, LANGUAGES, locale, t } from "../lib/words.js";

export function Language() {
  const id = useId();
  return html`<div class="field">
    <label for=${id}>${t("settings.language")}</label>
    <select id=${id} value=${locale.value} onChange=${(event) => choose(event.currentTarget.value)}>
      ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code} selected=${code === locale.value}>${name}</option>`)}
    </select>
  </div>`;
}
