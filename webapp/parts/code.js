// The code of an authenticator app, asked for only once the server wants it.
import { html } from "../lib/html.js";
import { t } from "../lib/words.js";
import { Line } from "./fields.js";

/** Ask for the code if the last answer was that a second factor is needed and the account has such an app. */
export function Code({ error, value, onValue }) {
  const isWanted = error?.code === "second_factor_required" && error.details?.factors?.includes("totp");
  if (!isWanted && value === "") return null;
  return html`<${Line} label=${t("sign-in.code")} hint=${t("sign-in.code.hint")} value=${value} onValue=${onValue}
    inputmode="numeric" autocomplete="one-time-code" />`;
}

/** Return the proof that the signed-in user is present: {passphrase, code?}. */
export const proof = (passphrase, code) => ({ passphrase, ...(code.trim() && { code: code.trim() }) });
