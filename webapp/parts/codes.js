// Offers recovery codes, once, after the first message: from then on the user has something to lose.
import { html, useState } from "../lib/html.js";
import { useAsked } from "../lib/kept.js";
import { store, stored } from "../lib/settings.js";
import { t } from "../lib/words.js";
import { Quiet } from "./buttons.js";

export function Codes({ isDue }) {
  const [answer, say] = useState(() => stored("codes"));
  const { value } = useAsked(isDue && !answer ? "/recovery-codes" : null);
  if (!isDue || answer || !value || value.made_at) return null;
  const later = () => (store("codes", "later"), say("later"));
  return html`<div class="event">
    <p>${t("codes.ask")}</p>
    <p class="row"><a class="quiet" href="#/me/codes">${t("codes.ask.now")}</a><${Quiet} onClick=${later}>${t("codes.ask.later")}<//></p>
  </div>`;
}
