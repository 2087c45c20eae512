// Shown for a conversation that is not on this phone: it was blocked, or its URL is from another account.
import { html } from "../lib/html.js";
import { t } from "../lib/words.js";
import { Empty } from "./faces.js";
import { Screen } from "./screen.js";

export const Gone = () => html`<${Screen} title=${t("talk.gone.title")} back="/talks"><${Empty}>${t("talk.gone")}<//><//>`;
