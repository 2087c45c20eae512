// The language, the look and the notifications of the app on this phone.
import { html } from "../lib/html.js";
import { look, size, theme } from "../lib/settings.js";
import { t } from "../lib/words.js";
import { One } from "../parts/fields.js";
import { Language } from "../parts/language.js";
import { Ringing } from "../parts/ringing.js";
import { Screen } from "../parts/screen.js";

const options = (name, values) => values.map((value) => [value, t(`settings.${name}.${value}`)]);

export function View() {
  return html`<${Screen} title=${t("settings.title")} back="/me">
    <${Language} />
    <${One} legend=${t("settings.theme")} options=${options("theme", ["system", "light", "dark"])} value=${theme.value}
      onValue=${(value) => look("theme", value)} />
    <${One} legend=${t("settings.size")} options=${options("size", ["usual", "large", "largest"])} value=${size.value}
      onValue=${(value) => look("size", value)} />
    <${Ringing} />
  <//>`;
}
