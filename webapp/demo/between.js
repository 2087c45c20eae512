// The column between the phones: the outbox and cursor of each, and the log of events, oldest first.
import { html, useEffect, useRef } from "../lib/html.js";
import { t, thing, things } from "./words.js";

export function Between({ phones, entries, space }) {
  const list = useRef(null);
  const shown = entries.value;
  useEffect(() => list.current?.scrollTo(0, list.current.scrollHeight), [shown.length, shown.at(-1)?.id]);
  return html`<section class="between" aria-label=${t("between")}>
    <div class="standings">${phones.map((phone) => html`<${Standing} phone=${phone} space=${space} key=${phone.id} />`)}</div>
    <ol class="log" ref=${list} aria-live="polite" tabindex="0" aria-label=${t("between")}>
      ${shown.length === 0 && html`<li class="said">${t("nothing")}</li>`}
      ${shown.map((entry) => html`<${Entry} entry=${entry} key=${entry.id} />`)}
    </ol>
  </section>`;
}

function Standing({ phone, space }) {
  const waits = phone.waits.value;
  const { cursor, positions } = phone.position.value;
  return html`<dl class="standing" data-phone=${phone.id}>
    <dt>${t("phone", { name: phone.name })}</dt>
    <dd class="waits" data-count=${waits.length}><${Opened} words=${waiting(waits)} json=${waits.length > 0 && JSON.stringify(waits, null, 1)} /></dd>
    <dd>
      <${Opened} words=${cursor ? t("has", { seq: positions[space] ?? 0 }) : t("cursor.none")} json=${cursor && JSON.stringify({ cursor, positions }, null, 1)} />
    </dd>
  </dl>`;
}

function waiting(outbox) {
  const names = outbox.map((mutation) => mutation.name);
  if (names.length === 0) return t("outbox.empty");
  if (names.length === 1) return t("outbox.waits", { things: capital(thing(names[0])) });
  return t("outbox.many", { count: names.length, things: things(names) });
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

function Entry({ entry }) {
  const { phone, words, json, rows } = entry;
  const classes = [["title", entry.isTitle], ["said", entry.isSaid], ["minor", entry.isMinor], ["wrong", entry.isWrong]];
  const names = classes.filter(([, is]) => is).map(([name]) => name);
  return html`<li class=${names.join(" ")} data-phone=${phone}>
    ${entry.isTitle ? html`<h2>${words}</h2>` : html`<${Opened} words=${words} json=${json} />`}
    ${rows && html`<${Compared} rows=${rows} isEqual=${!entry.isWrong} />`}
  </li>`;
}

/** Show words; a click on them shows the JSON. */
function Opened({ words, json }) {
  if (!json) return html`<p>${words}</p>`;
  return html`<details><summary>${words}</summary><pre tabindex="0">${json}</pre></details>`;
}

function Compared({ rows, isEqual }) {
  const box = useRef(null);
  useEffect(() => box.current.scrollTo(0, box.current.scrollHeight), []); // the newest rows are last
  return html`<div class="box" ref=${box} tabindex="0" role="group" aria-label=${t("compare.lines")}><table class="compared" data-equal=${isEqual}>
    <thead><tr><th scope="col">${t("compare.line")}</th><th scope="col">${t("compare.ann")}</th><th scope="col">${t("compare.sam")}</th></tr></thead>
    <tbody>
      ${rows.map(
        (row) => html`<tr key=${row.words + row.first} data-same=${row.isSame}>
          <td>${row.words}</td>
          ${[row.ann, row.sam].map((line) => html`<td title=${line?.text}>${line ? t("compare.number", { seq: line.row.seq }) : "–"}</td>`)}
        </tr>`,
      )}
    </tbody>
  </table></div>`;
}
