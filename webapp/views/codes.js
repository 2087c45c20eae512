// Recovery codes, for users who lose the phone or the passphrase. The ten codes are shown only once.
import { html, useState } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { useAsked } from "../lib/kept.js";
import { store } from "../lib/settings.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Code, proof } from "../parts/code.js";
import { Card, Note, Problem } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const { value: left } = useAsked("/recovery-codes");
  const [passphrase, set] = useState("");
  const [code, setCode] = useState("");
  const [codes, show] = useState(null);
  const [run, { busy, error }] = useTask();
  async function make() {
    const made = await run(() => beside.request("POST", "/recovery-codes", proof(passphrase, code)));
    setCode(""); // a code is valid for one attempt
    if (!made) return;
    set("");
    store("codes", "made");
    show(made.codes);
  }
  return html`<${Screen} title=${t("codes.title")} back="/me/ways-in">
    <p>${t("codes.lead")}</p>
    ${!codes && left && html`<p>${left.made_at ? t("codes.left", { count: left.left }) : t("codes.none")}</p>`}
    ${codes
      ? html`<${Card} title=${t("codes.these")}>
          <ul class="codes">${codes.map((code) => html`<li key=${code}>${code}</li>`)}</ul>
          <div class="row">
            <${Quiet} onClick=${() => navigator.clipboard?.writeText(codes.join("\n"))}>${t("copy")}<//>
            <${Quiet} onClick=${() => save(codes)}>${t("codes.save")}<//>
          </div>
        <//>
        <${Note}>${t("codes.once")}<//>`
      : html`<${Form} onSend=${make}>
          <${Line} type="password" label=${t("sign-up.passphrase")} hint=${t("codes.why")} value=${passphrase} onValue=${set} required autocomplete="current-password" />
          <${Code} error=${error} value=${code} onValue=${setCode} />
          <${Problem} error=${error} />
          <${Deed} busy=${busy}>${t("codes.make")}<//>
        <//>`}
  <//>`;
}

function save(codes) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([codes.join("\n")])), download: "codes.txt" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
