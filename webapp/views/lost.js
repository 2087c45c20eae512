// The passphrase is lost: the user signs in with a recovery code and chooses a new passphrase.
import { html, useState } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Code } from "../parts/code.js";
import { Note, Problem } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const [handle, setHandle] = useDraft("sign-in.handle");
  const [code, setCode] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [totp, setTotp] = useState("");
  const [run, { busy, error }] = useTask();
  async function send() {
    const asked = { handle: handle.trim(), code, new_passphrase: passphrase };
    const session = await run(() => beside.recover({ ...asked, ...(totp.trim() && { totp: totp.trim() }) }));
    if (session) go("/me/codes", { replace: true });
  }
  return html`<${Screen} title=${t("lost.title")} back="/sign-in">
    <p>${t("lost.lead")}</p>
    <${Form} onSend=${send}>
      <${Line} label=${t("sign-in.handle")} value=${handle} onValue=${setHandle} required autocomplete="username" />
      <${Line} label=${t("lost.code")} value=${code} onValue=${setCode} required autocomplete="off" spellcheck=${false} />
      <${Line} label=${t("lost.new")} hint=${t("sign-up.passphrase.hint")} value=${passphrase} onValue=${setPassphrase}
        type="password" required minlength="10" autocomplete="new-password" />
      <${Code} error=${error} value=${totp} onValue=${setTotp} />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("lost.go")}<//>
    <//>
    <${Note}>${t("lost.none")}<//>
  <//>`;
}
