// The terms of an agreement, as both members read them, and the form that proposes new ones.
import { html } from "../lib/html.js";
import { act, beside } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { served, t } from "../lib/words.js";
import { Deed, Quiet } from "./buttons.js";
import { Area, Form, Line, Switch } from "./fields.js";

const TEXTS = ["purpose", "boundaries", "kept", "not_kept", "hours", "ending"];
const CHANGED = ["purpose", "boundaries", "kept", "hours", "ending"];

export function Terms({ terms }) {
  const numbers = { reply_within_hours: terms.reply_within_hours, weeks: terms.weeks };
  return html`<dl class="terms">
    ${TEXTS.filter((name) => terms[name]).map(
      (name) => html`<div key=${name}><dt>${t(`terms.${name}`)}</dt><dd dir="auto" lang=${terms.locale}>${terms[name]}</dd></div>`,
    )}
    <div><dt>${t("terms.reply_within_hours")}</dt><dd>${t("terms.hours-count", { count: numbers.reply_within_hours })}</dd></div>
    <div><dt>${t("terms.weeks")}</dt><dd>${t("terms.weeks-count", { count: numbers.weeks })}</dd></div>
    <div><dt>${t("terms.receipts")}</dt><dd>${t(terms.receipts ? "terms.receipts.yes" : "terms.receipts.no")}</dd></div>
  </dl>`;
}

/** Propose terms. Unchanged fields keep their values; the old terms hold until both have signed. */
export function Propose({ space, from = {}, onDone }) {
  const [draft, set, clear] = useDraft(`terms.${space}`, {});
  const value = (name) => draft[name] ?? from[name] ?? "";
  const put = (name) => (next) => set({ ...draft, [name]: next });
  async function send() {
    const { not_kept: _, ...before } = from;
    const terms = { locale: served(), ...before, ...draft };
    await act("agreement.propose", { space, id: beside.id(), terms: Object.fromEntries(Object.entries(terms).filter(([, one]) => one !== "")) });
    clear();
    onDone();
  }
  return html`<${Form} onSend=${send}>
    ${CHANGED.map((name) => html`<${Area} key=${name} label=${t(`terms.${name}`)} value=${value(name)} onValue=${put(name)} most=${name === "hours" ? 200 : 1000} />`)}
    <${Line} type="number" label=${t("terms.reply_within_hours")} hint=${t("terms.in-hours")} min="1" max="336" value=${value("reply_within_hours")}
      onValue=${(next) => put("reply_within_hours")(Number(next))} />
    <${Line} type="number" label=${t("terms.weeks")} min="1" max="104" value=${value("weeks")} onValue=${(next) => put("weeks")(Number(next))} />
    <${Switch} label=${t("terms.receipts")} hint=${t("terms.receipts.hint")} value=${Boolean(value("receipts"))} onValue=${put("receipts")} />
    <div class="row"><${Deed}>${t("agreement.propose.send")}<//><${Quiet} onClick=${onDone}>${t("no")}<//></div>
  <//>`;
}
