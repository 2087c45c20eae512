// The crisis lines of a country. Their signature is checked, so that a list that was changed on the way is not shown.
import { html, useId } from "../lib/html.js";
import { choose, country } from "../lib/country.js";
import { useKept } from "../lib/kept.js";
import { isSigned } from "../lib/signed.js";
import { locale, t } from "../lib/words.js";
import { Face, Problem } from "./faces.js";

/** The numbers of emergency services, and the field for the country. */
export function Emergency() {
  const id = useId();
  return html`<${Face} of=${useKept("/lines")}>
    ${({ countries: codes, public_key: key }) => html`<section class="card">
      ${!known(codes) && html`<p class="lead">${t("lines.choose")}</p>`}
      <${Bundle} country=${known(codes)} publicKey=${key}>
        ${({ emergency }) => html`<h2>${t("lines.emergency")}</h2>
          <p>${emergency.map((number) => html`<a class="phone" href=${`tel:${number}`}>${number}</a> `)}</p>`}
      <//>
      <div class="field">
        <label for=${id}>${t("lines.country")}</label>
        <select id=${id} value=${known(codes) ?? ""} onChange=${(event) => choose(event.currentTarget.value)}>
          ${!known(codes) && html`<option value="" selected disabled></option>`}
          ${codes.map((code) => html`<option value=${code} selected=${code === known(codes)}>${named(code)}</option>`)}
        </select>
      </div>
    </section>`}
  <//>`;
}

/** The crisis lines of the country. */
export function Lines() {
  return html`<${Face} of=${useKept("/lines")}>
    ${({ countries: codes, public_key: key }) => html`<div class="cards">
      <${Bundle} country=${known(codes)} publicKey=${key}>
        ${({ lines }) => lines.map((line) => html`<${Line} line=${line} key=${line.name} />`)}
      <//>
    </div>`}
  <//>`;
}

const known = (codes) => (codes.includes(country.value) ? country.value : null);

/** Show the list of a country, if the country is known. Only lists whose signature is valid are stored. */
const Bundle = ({ country: code, ...rest }) => code && html`<${Signed} country=${code} ...${rest} />`;

function Signed({ country: code, publicKey, children }) {
  const { value, error } = useKept(`/lines/${code}`, (list) => isSigned(list, publicKey));
  if (value) return children(JSON.parse(value.bundle));
  if (error === "changed") return html`<p class="problem">${t("lines.changed")}</p>`;
  return html`<${Problem} error=${error} />`;
}

const Line = ({ line }) => html`<section class="card">
  <h2 dir="auto">${line.name}</h2>
  ${line.phone && html`<p><a class="phone" href=${`tel:${line.phone.replace(/[^+\d]/g, "")}`}>${line.phone}</a></p>`}
  ${line.text && html`<p>${t("lines.text", { number: line.text })}</p>`}
  <p><small dir="auto">${line.hours} · ${line.languages.map((one) => named(one, "language")).join(", ")}</small></p>
</section>`;

const named = (code, type = "region") => new Intl.DisplayNames(locale.value, { type }).of(code) ?? code;
