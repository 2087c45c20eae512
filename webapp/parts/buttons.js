// Buttons: one main action on each screen, quieter ones for the others, and one that asks before it acts.
import { html, useState } from "../lib/html.js";
import { t } from "../lib/words.js";

export const Deed = ({ busy, children, ...rest }) =>
  html`<button class="deed" disabled=${busy} ...${rest}>${busy ? t("working") : children}</button>`;

export const Quiet = ({ children, ...rest }) => html`<button type="button" class="quiet" ...${rest}>${children}</button>`;

/** A button for an action that cannot be undone: the first press explains it, the second does it. No dialog opens. */
export function Sure({ label, says, onYes, busy }) {
  const [asked, ask] = useState(false);
  if (!asked) return html`<button type="button" class="care" onClick=${() => ask(true)}>${label}</button>`;
  return html`<div class="sure" role="group" aria-label=${label}>
    <p>${says}</p>
    <button type="button" class="care full" disabled=${busy} onClick=${onYes}>${label}</button>
    <button type="button" class="quiet" onClick=${() => ask(false)}>${t("no")}</button>
  </div>`;
}

/** A link row, with an optional explanation. */
export const Way = ({ to, says, children }) =>
  html`<a class="way" href=${`#${to}`}><span dir="auto">${children}</span>${says && html`<small dir="auto">${says}</small>`}</a>`;
