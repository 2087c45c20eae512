// The faces of a view besides its usual one: empty, loading, offline, refused.
import { html } from "../lib/html.js";
import { explained } from "../lib/beside.js";
import { t } from "../lib/words.js";

/** Say that there is nothing yet, and what it would be. */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** Say that something is on its way. */
export const Loading = () => html`<p class="empty" role="status">${t("loading")}</p>`;

/** Say what did not work, what it means, and what can be done. */
export function Problem({ error }) {
  if (!error) return null;
  return html`<p class="problem" role="alert">${explained(error)}</p>`;
}

/** Show what was asked for, or the face for how things are. */
export function Face({ of: { value, error }, children }) {
  if (value) return children(value);
  return error ? html`<${Problem} error=${error} />` : html`<${Loading} />`;
}

/** A quiet explanation. */
export const Note = ({ children }) => html`<p class="note">${children}</p>`;

/** A card with a heading. */
export const Card = ({ title, children }) => html`<section class="card">${title && html`<h2 dir="auto">${title}</h2>`}${children}</section>`;
