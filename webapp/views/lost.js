// The passphrase is lost: one of the ten codes brings somebody back, and they choose a new passphrase.
import { html, useState } from "../lib/html.js";
import { beside, url, useTask } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { go } from "../lib/router.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Note, Problem } from "../parts/faces.js";
import { Form, Line } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const [handle, setHandle] = useDraft("sign-in.handle");
  const [code, setCode] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [run, { busy, error }] = useTask();
  async function send() {
    const session = await run(async () => {
      const body = { handle: handle.trim(), code, new_passphrase: passphrase };
      const tokens = await beside.request("POST", "/recover", body);
      await end(tokens.access_token); // the code made a device of its own; this phone signs in as itself
      return beside.signIn({ handle: handle.trim(), passphrase });
    });
    if (session) go("/me/codes", { replace: true });
  }
  return html`<${Screen} title=${t("lost.title")} back="/sign-in">
    <p>${t("lost.lead")}</p>
    <${Form} onSend=${send}>
      <${Line} label=${t("sign-in.handle")} value=${handle} onValue=${setHandle} required autocomplete="username" />
      <${Line} label=${t("lost.code")} value=${code} onValue=${setCode} required autocomplete="off" spellcheck=${false} />
      <${Line} label=${t("lost.new")} hint=${t("sign-up.passphrase.hint")} value=${passphrase} onValue=${setPassphrase}
        type="password" required minlength="10" autocomplete="new-password" />
      <${Problem} error=${error} />
      <${Deed} busy=${busy}>${t("lost.go")}<//>
    <//>
    <${Note}>${t("lost.none")}<//>
  <//>`;
}

const end = (token) =>
  fetch(`${url}/api/v1/logout`, { method: "POST", headers: { Authorization: `Bearer ${token}` } }).catch(() => {});
