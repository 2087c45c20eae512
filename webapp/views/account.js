// Signing out, and deleting the account.
import { html, useState } from "../lib/html.js";
import { deleteAccount, leave, useTask, useWaiting } from "../lib/beside.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Sure } from "../parts/buttons.js";
import { Code, proof } from "../parts/code.js";
import { Card, Problem } from "../parts/faces.js";
import { Line, One } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const waiting = useWaiting().length;
  const [passphrase, set] = useState("");
  const [code, setCode] = useState("");
  const [said, setSaid] = useState("erased");
  const [run, { busy, error }] = useTask();
  const signOut = () => leave().then(() => go("/", { replace: true }));
  async function remove() {
    if (await run(() => deleteAccount({ ...proof(passphrase, code), said }).then(() => true))) go("/", { replace: true });
  }
  return html`<${Screen} title=${t("account.title")} back="/me">
    <${Card} title=${t("account.out")}>
      <p>${waiting ? t("account.out.waits", { count: waiting }) : t("account.out.says")}</p>
      <${Sure} label=${t("account.out")} says=${t("account.out.sure")} onYes=${signOut} />
    <//>
    <${Card} title=${t("account.delete")}>
      <p>${t("account.delete.says")}</p>
      <${One} legend=${t("said")} options=${[["unnamed", t("said.unnamed")], ["erased", t("said.erased"), t("said.erased.says")]]} value=${said} onValue=${setSaid} />
      <${Line} type="password" label=${t("sign-up.passphrase")} value=${passphrase} onValue=${set} autocomplete="current-password" />
      <${Code} error=${error} value=${code} onValue=${setCode} />
      <${Problem} error=${error} />
      <${Sure} label=${t("account.delete")} says=${t("account.delete.sure")} onYes=${remove} busy=${busy || passphrase === ""} />
    <//>
  <//>`;
}
