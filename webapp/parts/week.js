// A field for the hours of a week: mornings, afternoons and evenings of seven days.
import { html } from "../lib/html.js";
import { PARTS } from "../lib/choices.js";
import { weekday } from "../lib/dates.js";
import { t } from "../lib/words.js";

/** `value` is a list such as ["0-evening"]: Monday evening. */
export function Week({ value, onValue }) {
  const toggled = (one) => (value.includes(one) ? value.filter((other) => other !== one) : [...value, one]);
  return html`<fieldset>
    <legend class="hidden">${t("week")}</legend>
    <div class="week">
      <span></span>${Object.keys(PARTS).map((part) => html`<span key=${part}>${t(`week.${part}`)}</span>`)}
      ${[0, 1, 2, 3, 4, 5, 6].map(
        (day) => html`<span key=${day}>${weekday(day)}</span>
          ${Object.keys(PARTS).map((part) => {
            const name = `${day}-${part}`;
            return html`<label key=${name}>
              <input type="checkbox" aria-label=${`${weekday(day)}, ${t(`week.${part}`)}`} checked=${value.includes(name)}
                onChange=${() => onValue(toggled(name))} />
            </label>`;
          })}`,
      )}
    </div>
  </fieldset>`;
}
