// The menu of the user's own pages and settings.
import { html } from "../lib/html.js";
import { useReadable, beside, useSession } from "../lib/beside.js";
import { t } from "../lib/words.js";
import { Way } from "../parts/buttons.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const { role, handle } = useSession();
  const unsent = useReadable(() => beside.refused).length;
  const peer = role === "peer";
  return html`<${Screen} title=${t("place.me")}>
    ${handle && html`<p>${t("me.handle", { name: handle })}</p>`}
    <nav class="ways" aria-label=${t("me.for-me")}>
      ${peer && html`<${Way} to="/me/plan" says=${t("plan.says")}>${t("plan.title")}<//>`}
      <${Way} to="/lines" says=${t("lines.says")}>${t("lines.title")}<//>
      <${Way} to="/me/quiet" says=${t("quiet.says")}>${t("quiet.title")}<//>
      <${Way} to="/me/not-sent" says=${unsent ? t("not-sent.some", { count: unsent }) : null}>${t("not-sent.title")}<//>
    </nav>
    ${!peer && html`<nav class="ways" aria-label=${t("place.offers")}>
      <${Way} to="/practice" says=${t("practice.says")}>${t("practice.title")}<//>
      <${Way} to="/facts" says=${t("facts.says")}>${t("facts.title")}<//>
      <${Way} to="/calls" says=${t("calls.says")}>${t("calls.title")}<//>
    </nav>`}
    <nav class="ways" aria-label=${t("me.account")}>
      <${Way} to="/me/profile">${t("profile.title")}<//>
      ${peer && html`<${Way} to="/me/story" says=${t("story.says")}>${t("story.title")}<//>`}
      <${Way} to="/me/ways-in" says=${t("ways-in.says")}>${t("ways-in.title")}<//>
      <${Way} to="/me/blocked">${t("blocked.title")}<//>
      <${Way} to="/me/devices">${t("devices.title")}<//>
      <${Way} to="/me/settings">${t("settings.title")}<//>
      <${Way} to="/me/account">${t("account.title")}<//>
    </nav>
  <//>`;
}
