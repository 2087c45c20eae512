// Making an account, for which a made-up name and a passphrase are enough.
import { html, useState } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Note, Problem } from "../parts/faces.js";
import { Form, Line, Switch } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const [handle, setHandle, clear] = useDraft("sign-up.handle");
  const [passphrase, setPassphrase] = useState(""); // a passphrase is never stored while it is typed
  const [isShown, show] = useState(false);
  const [run, { busy, error }] = useTask();
  async function send() {
    const session = await run(() => beside.register({ handle: handle.trim(), passphrase }));
    if (!session) return;
    clear();
    go("/find", { replace: true });
  }
  return html`<${Screen} title=${t("sign-up.title")} back="/">
    <${Form} onSend=${send}>
      <${Line} label=${t("sign-up.handle")} hint=${t("sign-up.handle.hint")} value=${handle} onValue=${setHandle}
        required minlength="2" maxlength="40" autocomplete="username" autocapitalize="none" spellcheck=${false} />
      <${Line} label=${t("sign-up.passphrase")} hint=${t("sign-up.passphrase.hint")} value=${passphrase} onValue=${setPassphrase}
        type=${isShown ? "text" : "password"} required minlength="10" autocomplete="new-password" />
      <${Switch} label=${t("passphrase.show")} value=${isShown} onValue=${show} />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("sign-up.go")}<//>
    <//>
    <${Note}>${t("sign-up.kept")}<//>
  <//>`;
}
