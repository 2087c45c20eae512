// The steps of a request for a specialist. Every step but the first is optional.
import { html } from "../lib/html.js";
import { AGES, GENDERS, options, spoken, STYLES, topicLabel, topicOptions, upper } from "../lib/choices.js";
import { useKept } from "../lib/kept.js";
import { t } from "../lib/words.js";
import { Face, Note } from "./faces.js";
import { Area, Line, One, Some } from "./fields.js";
import { Week } from "./week.js";

const MOST_TOPICS = 3;

export function Topics({ asked, put }) {
  return html`<${Face} of=${useKept("/topics")}>
    ${(kept) => html`<${Some} legend=${t("find.topics")} hint=${t("find.topics.hint")} options=${topicOptions(kept)}
      value=${asked.topics} onValue=${(topics) => put({ topics })} most=${MOST_TOPICS} />`}
  <//>`;
}

export function How({ asked, put }) {
  const modes = ["choose", "first_who_can"].map((mode) => [mode, t(`find.mode.${mode}`), t(`find.mode.${mode}.hint`)]);
  return html`<${One} legend=${t("find.how")} options=${modes} value=${asked.mode ?? "choose"} onValue=${(mode) => put({ mode })} />
    <${Some} legend=${t("find.languages")} options=${spoken()} value=${asked.languages} onValue=${(languages) => put({ languages })} most=${12} />`;
}

export function When({ asked, put }) {
  const whens = ["any", "times"].map((when) => [when, t(`find.when.${when}`), t(`find.when.${when}.hint`)]);
  return html`<${One} legend=${t("find.when")} options=${whens} value=${asked.when ?? "any"} onValue=${(when) => put({ when })} />
    ${asked.when === "times" && html`<${Week} value=${asked.ticked} onValue=${(ticked) => put({ ticked })} />`}`;
}

export function Matters({ asked, put }) {
  const kept = useKept("/topics").value;
  const musts = [asked.gender && "gender", asked.ages?.length > 0 && "age_bands"].filter(Boolean);
  const any = [["", t("find.any")]];
  return html`<${Note}>${t("find.matters")}<//>
    <${One} legend=${t("find.gender")} options=${[...any, ...options(GENDERS, "gender")]} value=${asked.gender ?? ""}
      onValue=${(gender) => put({ gender })} />
    <${Some} legend=${t("find.ages")} options=${options(AGES.slice(1), "age")} value=${asked.ages ?? []} onValue=${(ages) => put({ ages })} />
    <${One} legend=${t("find.style")} options=${[...any, ...options(STYLES, "style")]} value=${asked.style ?? ""}
      onValue=${(style) => put({ style })} />
    ${musts.length > 0 && html`<${Some} legend=${t("find.must")} hint=${t("find.must.hint")} options=${options(musts, "find.must")}
      value=${asked.musts ?? []} onValue=${(chosen) => put({ musts: chosen })} />`}
    <${Some} legend=${t("find.quiet")} hint=${t("find.quiet.hint")} value=${asked.quiet ?? []} onValue=${(quiet) => put({ quiet })}
      options=${asked.topics.map((one) => [one, upper(topicLabel(kept, one))])} />
    <${Line} label=${t("find.name")} hint=${t("find.name.hint")} value=${asked.name ?? ""} onValue=${(name) => put({ name })} maxlength="80" />
    <${Area} label=${t("find.note")} hint=${t("find.note.hint")} value=${asked.note ?? ""} onValue=${(note) => put({ note })} most=${1000} />`;
}

export function Review({ asked }) {
  const kept = useKept("/topics").value;
  const names = Object.fromEntries(spoken());
  const rows = [
    [t("find.topics"), asked.topics.map((one) => upper(topicLabel(kept, one))).join(" · ")],
    [t("find.how"), t(`find.mode.${asked.mode ?? "choose"}`)],
    [t("find.languages"), asked.languages.map((one) => names[one]).join(" · ")],
    [t("find.when"), t(`find.when.${asked.when ?? "any"}`)],
    [t("find.gender"), asked.gender && t(`gender.${asked.gender}`)],
    [t("find.ages"), asked.ages?.map((one) => t(`age.${one}`)).join(" · ")],
    [t("find.style"), asked.style && t(`style.${asked.style}`)],
    [t("find.name"), asked.name],
    [t("find.note"), asked.note],
  ];
  return html`<p>${t("find.review")}</p>
    <dl class="card terms">
      ${rows.filter(([, words]) => words).map(([name, words]) => html`<div key=${name}><dt>${name}</dt><dd dir="auto">${words}</dd></div>`)}
    </dl>`;
}
