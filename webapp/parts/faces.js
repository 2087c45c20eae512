// What a view shows instead of its content: empty, loading, offline or refused. Also notes and cards.
import { html } from "../lib/html.js";
import { explained } from "../lib/beside.js";
import { t } from "../lib/words.js";

/** Say that there is nothing yet, and what will appear here. */
export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** Say that the content is loading. */
export const Loading = () => html`<p class="empty" role="status">${t("loading")}</p>`;

/** Explain an error, and what the user can do. */
export function Problem({ error }) {
  if (!error) return null;
  return html`<p class="problem" role="alert">${explained(error)}</p>`;
}

/** Show the loaded value, or the error, or that it is loading. */
export function Face({ of: { value, error }, children }) {
  if (value) return children(value);
  return error ? html`<${Problem} error=${error} />` : html`<${Loading} />`;
}

/** An explanation in quiet type. */
export const Note = ({ children }) => html`<p class="note">${children}</p>`;

/** A card with a heading. */
export const Card = ({ title, children }) => html`<section class="card">${title && html`<h2 dir="auto">${title}</h2>`}${children}</section>`;
