// Signing in by passphrase or passkey, with a link to recovery codes.
import { html, useState } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { go } from "../lib/router.js";
import { usePasskeys } from "../lib/passkeys.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "../parts/buttons.js";
import { Code } from "../parts/code.js";
import { Problem } from "../parts/faces.js";
import { Form, Line, Switch } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const [handle, setHandle, clear] = useDraft("sign-in.handle");
  const [passphrase, setPassphrase] = useState("");
  const [code, setCode] = useState("");
  const [isShown, show] = useState(false);
  const [run, { busy, error }] = useTask();
  const passkeys = usePasskeys();
  async function enter(work) {
    if (!(await run(work))) return;
    clear();
    go("/", { replace: true });
  }
  const signIn = () => beside.signIn({ handle: handle.trim(), passphrase, ...(code.trim() && { totp: code.trim() }) });
  return html`<${Screen} title=${t("sign-in.title")} back="/">
    <${Form} onSend=${() => enter(signIn)}>
      <${Line} label=${t("sign-in.handle")} value=${handle} onValue=${setHandle} required autocomplete="username webauthn"
        autocapitalize="none" spellcheck=${false} />
      <${Line} label=${t("sign-up.passphrase")} value=${passphrase} onValue=${setPassphrase} required
        type=${isShown ? "text" : "password"} autocomplete="current-password" />
      <${Switch} label=${t("passphrase.show")} value=${isShown} onValue=${show} />
      <${Code} error=${error} value=${code} onValue=${setCode} />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("sign-in.go")}<//>
    <//>
    ${passkeys && html`<${Quiet} onClick=${() => enter(() => passkeys.signIn())}>${t("sign-in.passkey")}<//>`}
    <p><a href="#/lost">${t("sign-in.lost")}</a></p>
  <//>`;
}
