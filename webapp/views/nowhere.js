// Shown for a URL that does not exist.
import { html } from "../lib/html.js";
import { t } from "../lib/words.js";
import { Empty } from "../parts/faces.js";
import { Screen } from "../parts/screen.js";

export const View = () => html`<${Screen} title=${t("nowhere.title")} back="/"><${Empty}>${t("nowhere")}<//><//>`;
