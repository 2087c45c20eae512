// What can be done: one main deed on a screen, others quieter, and what cannot be undone asked twice, in place.
import { html, useState } from "../lib/html.js";
import { t } from "../lib/words.js";

export const Deed = ({ busy, children, ...rest }) =>
  html`<button class="deed" disabled=${busy} ...${rest}>${busy ? t("working") : children}</button>`;

export const Quiet = ({ children, ...rest }) => html`<button type="button" class="quiet" ...${rest}>${children}</button>`;

/** A deed that is asked twice: the first press says what will happen, the second does it. There is no dialog. */
export function Sure({ label, says, onYes, busy }) {
  const [asked, ask] = useState(false);
  if (!asked) return html`<button type="button" class="care" onClick=${() => ask(true)}>${label}</button>`;
  return html`<div class="sure" role="group" aria-label=${label}>
    <p>${says}</p>
    <button type="button" class="care full" disabled=${busy} onClick=${onYes}>${label}</button>
    <button type="button" class="quiet" onClick=${() => ask(false)}>${t("no")}</button>
  </div>`;
}

/** A row that leads on. */
export const Way = ({ to, says, children }) =>
  html`<a class="way" href=${`#${to}`}><span dir="auto">${children}</span>${says && html`<small dir="auto">${says}</small>`}</a>`;
