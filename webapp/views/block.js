// Blocking the other: the conversation ends at once on all devices, and the other is not told why.
import { html } from "../lib/html.js";
import { act } from "../lib/beside.js";
import { go } from "../lib/router.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Sure } from "../parts/buttons.js";
import { Note } from "../parts/faces.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  if (!talk) return html`<${Gone} />`;
  const { name } = talk;
  const block = () => act("block.set", { space }).then(() => go("/talks", { replace: true }));
  return html`<${Screen} title=${t("block.title")} back=${`/talk/${space}`}>
    <p class="lead">${t("block.lead", { name })}</p>
    <ul class="plain-list">${["at-once", "never", "told"].map((one) => html`<li key=${one}>${t(`block.${one}`, { name })}</li>`)}</ul>
    <${Sure} label=${t("block.do", { name })} says=${t("block.sure")} onYes=${block} />
    <${Note}><a href=${`#/talk/${space}/report`}>${t("block.report")}</a><//>
  <//>`;
}
