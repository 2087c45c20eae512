// A screen: one title, the back button, SOS always in the same place, and one notice about the network.
import { html, useEffect, useRef } from "../lib/html.js";
import { explained, refusal, useStatus, useWaiting } from "../lib/beside.js";
import { isBack, isOffline } from "../lib/offline.js";
import { back as goBack, route } from "../lib/router.js";
import { newer, update } from "../lib/update.js";
import { has, t } from "../lib/words.js";
import { Icon } from "./icon.js";

/** Show a screen. `back` is the path above it, for users who came from outside; `wide` is for conversations. */
export function Screen({ title, back, wide, foot, children }) {
  const heading = useRef(null);
  useEffect(() => heading.current.focus({ preventScroll: true }), []); // so that screen readers start at the title
  return html`<div class=${wide ? "screen wide" : "screen"}>
    <header class="top">
      ${back && html`<button class="sign" onClick=${() => goBack(back)} aria-label=${t("back")}><${Icon} name="back" /></button>`}
      <h1 tabindex="-1" ref=${heading} dir="auto">${title}</h1>
      <a class="sos" href="#/sos" aria-current=${route.value.name === "sos" ? "page" : null}>${t("sos")}</a>
    </header>
    <div class="notices" aria-live="polite">
      <${Network} />
      <${Refused} />
      <${Newer} />
    </div>
    <main class="body" id="body">${children}</main>
    ${foot}
  </div>`;
}

function Network() {
  const status = useStatus();
  return html`${status.problem && html`<p class="notice care">${troubled(status.problem)}</p>`}<${Reach} waiting=${useWaiting().length} />`;
}

/** Return the text about the problem that keeps this phone from storing or syncing. */
const troubled = (code) => (has(`problem.${code}`) ? t(`problem.${code}`) : explained({ code }));

function Reach({ waiting }) {
  if (isOffline.value) {
    return html`<p class="notice">${waiting ? t("offline.waits", { count: waiting }) : t("offline")}</p>`;
  }
  return isBack.value ? html`<p class="notice good">${t("online.back")}</p>` : null;
}

/** Show the last refusal. The refused text stays in the view not-sent until the user dismisses it. */
function Refused() {
  const refused = refusal.value;
  if (!refused) return null;
  const close = () => (refusal.value = null);
  return html`<p class="notice care">
    ${explained(refused.error)} <a href="#/me/not-sent" onClick=${close}>${t("refused.where")}</a>
    <button class="plain" onClick=${close}>${t("close")}</button>
  </p>`;
}

function Newer() {
  const waiting = useWaiting().length;
  if (!newer.value) return null;
  return html`<p class="notice">
    ${waiting ? t("update.waits") : t("update")}
    <button class="plain" onClick=${update}>${t("update.now")}</button>
  </p>`;
}
