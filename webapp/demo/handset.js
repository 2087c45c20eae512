// A phone on the page: the app in a frame, and the switch for its network.
import { html } from "../lib/html.js";
import { t } from "./words.js";

export function Handset({ phone, space, isBusy }) {
  const { id, name } = phone;
  const isCut = phone.isCut.value;
  const turn = () => (isCut ? phone.restore() : phone.cut());
  return html`<section class="handset" data-phone=${id} aria-labelledby=${`of-${id}`}>
    <header>
      <h2 id=${`of-${id}`}>${t("phone", { name })}</h2>
      <button role="switch" aria-checked=${isCut} aria-label=${`${t("airplane")}, ${name}`} disabled=${isBusy} onClick=${turn}>
        <span class="knob" aria-hidden="true"></span><span>${t("airplane")}</span>
      </button>
    </header>
    <iframe title=${t("phone", { name })} src=${`./?phone=${id}#/talk/${space}`} ref=${(frame) => (phone.frame = frame)}></iframe>
  </section>`;
}
