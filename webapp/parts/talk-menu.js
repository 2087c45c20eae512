// The menu of a conversation: the agreement, what both do together, what is only for the user, and how to end it.
import { html } from "../lib/html.js";
import { useRecords } from "../lib/beside.js";
import { until } from "../lib/dates.js";
import { t } from "../lib/words.js";
import { Way } from "./buttons.js";

const BOTH = ["promises", "questions", "together", "suggestions", "steps", "path", "hour"];

export function TalkMenu({ talk }) {
  const to = (place) => `/talk/${talk.space}/${place}`;
  const promise = useRecords({ kind: "promise", space: talk.space, where: (row) => row.data.state === "made" }, [talk.space]).at(-1);
  const introduction = useRecords({ kind: "introduction", space: talk.space, where: (row) => !row.mine }, [talk.space]).at(-1);
  return html`
    ${promise && html`<p class="card">${t(promise.mine ? "promise.mine" : "promise.theirs", { name: talk.name, when: until(promise.data.by_at) })}</p>`}
    <nav class="ways" aria-label=${t("talk.together", { name: talk.name })}>
      <${Way} to=${to("agreement")}>${t("agreement.title")}<//>
      ${BOTH.map((place) => html`<${Way} to=${to(place)} key=${place}>${t(`${place}.title`)}<//>`)}
    </nav>
    <nav class="ways" aria-label=${t("me.for-me")}>
      <${Way} to=${to("search")}>${t("search.title")}<//>
      <${Way} to=${to("checkin")} says=${t("checkin.says")}>${t("checkin.title")}<//>
      ${talk.role === "specialist" && html`<${Way} to=${to("debrief")} says=${t("debrief.says")}>${t("debrief.title")}<//>`}
      ${talk.role === "specialist" && talk.canWrite && html`<${Way} to=${to("handover")}>${t("handover.title")}<//>`}
    </nav>
    <nav class="ways" aria-label=${t("parting.title")}>
      <${Way} to=${to("parting")}>${t("parting.title")}<//>
      <${Way} to=${to("report")}>${t("report.title")}<//>
      <${Way} to=${to("block")}>${t("block.title")}<//>
    </nav>
    ${introduction?.data.facts?.length > 0 && html`<p class="note">${t("talk.knows", { name: talk.name, what: introduction.data.facts.map((one) => one.topic.replaceAll("_", " ")).join(", ") })}</p>`}`;
}
