// Turns notifications on this phone on or off. If they are impossible, it shows the reason, which nothing else does.
import { html, useEffect, useState } from "../lib/html.js";
import { beside, useTask } from "../lib/beside.js";
import { useAsked } from "../lib/kept.js";
import { registerPush, stopPush } from "../lib/push.js";
import { t } from "../lib/words.js";
import { Deed, Quiet } from "./buttons.js";
import { Card, Problem } from "./faces.js";

export function Ringing() {
  const { value, error } = useAsked("/push-key");
  const [state, set] = useState(null);
  const [tried, say] = useState(null);
  const [run, task] = useTask();
  useEffect(() => {
    if (value) isSubscribed().then((is) => set(is ? "registered" : "Notification" in globalThis ? Notification.permission : "unsupported"));
  }, [value]);
  const ring = () => run(() => registerPush({ ask: true })).then((now) => now && set(now));
  const stop = () => run(stopPush).then(() => set("granted"));
  const tryIt = () => run(() => beside.request("POST", "/push-token/test")).then((answer) => answer && say(answer.outcome));
  if (error) return html`<p class="note">${t(error.code === "offline" ? "push.unknown" : "push.unavailable")}</p>`;
  if (!value) return null;
  const cannot = value.platforms.includes("webpush") ? { unsupported: "push.unsupported", denied: "push.denied" }[state] : "push.unavailable";
  if (cannot || state === "unavailable") return html`<p class="note">${t(cannot ?? "push.unavailable")}</p>`;
  return html`<${Card} title=${t("push.title")}>
    <p>${t(state === "registered" ? "push.on" : "push.off")}</p>
    ${tried && html`<p role="status">${t(tried === "sent" ? "push.tried" : "push.failed")}</p>`}
    <${Problem} error=${task.error} />
    <div class="row">
      ${state === "registered"
        ? html`<${Quiet} onClick=${tryIt}>${t("push.try")}<//><${Quiet} onClick=${stop}>${t("push.stop")}<//>`
        : html`<${Deed} busy=${task.busy} onClick=${ring}>${t("push.ring")}<//>`}
    </div>
  <//>`;
}

async function isSubscribed() {
  const registration = await navigator.serviceWorker?.getRegistration();
  return Boolean(await registration?.pushManager?.getSubscription());
}
