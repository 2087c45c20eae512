// The first page: what Beside is, what it is not, and links to sign up and to sign in.
import { html } from "../lib/html.js";
import { t } from "../lib/words.js";
import { Note } from "../parts/faces.js";
import { Language } from "../parts/language.js";
import { Screen } from "../parts/screen.js";

export function View() {
  return html`<${Screen} title=${t("app")}>
    <p class="lead">${t("welcome.lead")}</p>
    <p>${t("welcome.how")}</p>
    <div class="row">
      <a class="deed" href="#/sign-up">${t("welcome.new")}</a>
      <a class="quiet" href="#/sign-in">${t("welcome.again")}</a>
    </div>
    <${Note}>${t("welcome.not")} <a href="#/lines">${t("lines.title")}</a><//>
    <${Language} />
  <//>`;
}
