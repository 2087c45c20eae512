// The ways to sign in: passkeys, recovery codes and the passphrase.
import { html, useState } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { date } from "../lib/dates.js";
import { useAsked } from "../lib/kept.js";
import { usePasskeys } from "../lib/passkeys.js";
import { t } from "../lib/words.js";
import { Deed, Quiet, Way } from "../parts/buttons.js";
import { Code, proof } from "../parts/code.js";
import { Card, Face, Problem } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const passkeys = usePasskeys();
  return html`<${Screen} title=${t("ways-in.title")} back="/me">
    <nav class="ways" aria-label=${t("codes.title")}><${Way} to="/me/codes" says=${t("codes.says")}>${t("codes.title")}<//></nav>
    ${passkeys && html`<${Passkeys} passkeys=${passkeys} />`}
    <${Passphrase} />
  <//>`;
}

function Passkeys({ passkeys }) {
  const asked = useAsked("/passkeys");
  const [passphrase, set] = useState("");
  const [code, setCode] = useState("");
  const [run, { busy, error }] = useTask();
  async function add() {
    const added = await run(() => passkeys.add(t("device"), proof(passphrase, code)).then(() => true));
    setCode(""); // a code is valid for one attempt
    if (added) set("");
    asked.again();
  }
  return html`<${Card} title=${t("passkeys.title")}>
    <p>${t("passkeys.lead")}</p>
    <${Face} of=${asked}>
      ${({ passkeys: mine }) => html`<ul class="plain-list">${mine.map((one) => html`<li key=${one.id} dir="auto">${one.name} · ${date(one.created_at)}</li>`)}</ul>`}
    <//>
    <${Form} onSend=${add}>
      <${Line} type="password" label=${t("sign-up.passphrase")} value=${passphrase} onValue=${set} required autocomplete="current-password" />
      <${Code} error=${error} value=${code} onValue=${setCode} />
      <${Problem} error=${error} />
      <${Quiet} type="submit" disabled=${busy}>${t("passkeys.add")}<//>
    <//>
  <//>`;
}

function Passphrase() {
  const [now, setNow] = useState("");
  const [next, setNext] = useState("");
  const [code, setCode] = useState("");
  const [isDone, finish] = useState(false);
  const [run, { busy, error }] = useTask();
  async function change() {
    const done = await run(() => beside.request("POST", "/passphrase", { ...proof(now, code), new_passphrase: next }));
    setCode("");
    if (done) (setNow(""), setNext(""), finish(true));
  }
  return html`<${Card} title=${t("passphrase.title")}>
    <p>${t(isDone ? "passphrase.done" : "passphrase.lead")}</p>
    <${Form} onSend=${change}>
      <${Line} type="password" label=${t("passphrase.now")} value=${now} onValue=${setNow} required autocomplete="current-password" />
      <${Line} type="password" label=${t("lost.new")} hint=${t("sign-up.passphrase.hint")} value=${next} onValue=${setNext} required minlength="10" autocomplete="new-password" />
      <${Code} error=${error} value=${code} onValue=${setCode} />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("passphrase.change")}<//>
    <//>
  <//>`;
}
