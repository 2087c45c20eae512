// SOS. It says beforehand what will happen, shows emergency numbers first, and works without a network.
import { html } from "../lib/html.js";
import { act, beside, useMine, useReadable, useSession } from "../lib/beside.js";
import { call, calling } from "../lib/calling.js";
import { time } from "../lib/dates.js";
import { useDraft } from "../lib/drafts.js";
import { t } from "../lib/words.js";
import { Deed, Sure } from "../parts/buttons.js";
import { Card, Note } from "../parts/faces.js";
import { Area, Form } from "../parts/fields.js";
import { Emergency, Lines } from "../parts/lines.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const { role, user } = useSession();
  const sos = useMine("sos");
  const waits = useReadable(() => beside.outbox).some((one) => one.name === "sos.raise");
  const isOpen = sos && sos.data.state !== "closed" && (sos.seq || sos.pending);
  const called = calling.value?.user === user && calling.value.id !== sos?.id ? calling.value.state : null;
  return html`<${Screen} title=${t("sos.title")} back="/">
    <${Emergency} />
    ${isOpen || waits ? html`<${Going} sos=${isOpen ? sos : null} isWaiting=${waits || !sos?.seq} />` : role === "peer" && html`<${Called} state=${called} />`}
    <h2>${t("sos.call")}</h2>
    <${Lines} />
    ${role === "peer" && html`<p><a href="#/me/plan">${t("plan.title")}</a></p>`}
  <//>`;
}

/** Show the state of a call that is not stored here, from memory. */
function Called({ state }) {
  return html`${state && html`<${Card}><p class="lead" role=${state === "failed" ? "alert" : "status"}>${t(`sos.${state}`)}</p><//>`}
    ${(!state || state === "failed") && html`<${Before} />`}`;
}

function Before() {
  const [words, setWords, clear] = useDraft("sos");
  const raise = () => call({ ...(words.trim() && { words }) }).then((ok) => ok && clear());
  return html`<p class="lead">${t("sos.before")}</p>
    <${Form} onSend=${raise}>
      <${Area} label=${t("sos.words")} hint=${t("sos.words.hint")} value=${words} onValue=${setWords} most=${500} />
      <button class="care full">${t("sos.raise")}</button>
    <//>
    <${Note}>${t("sos.who")}<//>`;
}

/** Show the state of a stored call. Never say more than the record says. */
function Going({ sos, isWaiting }) {
  const [words, setWords, clear] = useDraft("sos.say");
  const data = sos?.data ?? { said: [], asked: [] };
  const say = () => act("sos.say", { id: sos.id, words }).then(clear);
  const nobody = data.asked?.length > 0 && data.asked.every((one) => one.who === "nobody");
  return html`<${Card}>
      <p class="lead" role="status">${isWaiting ? t("sos.waiting") : nobody && data.state === "raised" ? t("sos.nobody") : t(`sos.${data.state}`, { who: data.taken ? t(`sos.by.${data.taken.by}`) : "" })}</p>
      ${data.asked?.map((one) => html`<p key=${one.at}><small>${t("sos.asked", { who: t(`sos.asked.${one.who}`), time: time(one.at) })}</small></p>`)}
      ${data.said?.map((one) => html`<p dir="auto" key=${one.at}><small>${t(one.by === "me" ? "you" : `sos.by.${one.by}`)}</small> ${one.text}</p>`)}
    <//>
    ${sos && !isWaiting && html`<${Form} onSend=${say}>
      <${Area} label=${t("sos.say")} value=${words} onValue=${setWords} most=${500} required />
      <${Deed}>${t("send")}<//>
    <//>`}
    ${sos && html`<${Sure} label=${t("sos.close")} says=${t("sos.close.says")} onYes=${() => act("sos.close", { id: sos.id })} />`}`;
}
