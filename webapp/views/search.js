// Search in the messages on this phone. The searched text is never sent.
import { html, useState } from "../lib/html.js";
import { beside } from "../lib/beside.js";
import { moment } from "../lib/dates.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Quiet } from "../parts/buttons.js";
import { Empty, Note } from "../parts/faces.js";
import { Line } from "../parts/fields.js";
import { Gone } from "../parts/gone.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const [text, set] = useState("");
  const [, again] = useState(0);
  if (!talk) return html`<${Gone} />`;
  const found = text.trim().length > 1 ? beside.search(text.trim(), { space, limit: 50 }).filter((row) => row.kind === "message") : [];
  const older = () => beside.history(space, 200).then(() => again((count) => count + 1), () => {});
  return html`<${Screen} title=${t("search.title")} back=${`/talk/${space}`}>
    <${Line} type="search" label=${t("search.label", { name: talk.name })} value=${text} onValue=${set} />
    <p class="hint" role="status">${text.trim().length > 1 ? t("search.found", { count: found.length }) : ""}</p>
    <ul class="ways">
      ${found.map(
        (row) => html`<li key=${row.id}><a class="way" href=${`#/talk/${space}/at/${row.id}`}>
          <span dir="auto">${around(row.data.text, text.trim())}</span>
          <small>${row.mine ? t("you") : talk.name} · ${moment(row.data.sent_at)}</small>
        </a></li>`,
      )}
    </ul>
    ${text.trim().length > 1 && found.length === 0 && html`<${Empty}>${t("search.none")}<//>`}
    ${beside.hasHistory(space) && html`<${Quiet} onClick=${older}>${t("search.older")}<//>`}
    <${Note}>${t("search.note")}<//>
  <//>`;
}

/** Return the part of a text around the found words, which are marked. */
function around(text, wanted) {
  const [at, end] = found(text, wanted);
  const from = Math.max(0, at - 40);
  return html`${from > 0 && "…"}${text.slice(from, at)}<mark>${text.slice(at, end)}</mark>${text.slice(end, end + 80)}`;
}

/** Return where the wanted words begin and end in a text. Case and accents do not matter, as in the search itself. */
function found(text, wanted) {
  const from = []; // where in the text the characters of `all` come from: [begin, end]
  let [all, index] = ["", 0];
  for (const one of text) {
    const plain = folded(one);
    from.push(...Array(plain.length).fill([index, index + one.length]));
    all += plain;
    index += one.length;
  }
  const words = folded(wanted);
  const at = all.indexOf(words);
  return at < 0 ? [0, 0] : [from[at][0], from[at + words.length - 1][1]];
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase().replaceAll("ς", "σ");
