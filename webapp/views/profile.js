// The user's profile. Every field is optional.
import { html } from "../lib/html.js";
import { act, useMine } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { back } from "../lib/router.js";
import { locale, t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Area, Form, Line, One, Some } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";
import { AGES, GENDERS, spoken } from "../lib/choices.js";

export function View() {
  const saved = useMine("profile")?.data ?? {};
  const [draft, set, clear] = useDraft("profile", {});
  const value = (name, empty = "") => draft[name] ?? saved[name] ?? empty;
  const put = (name) => (next) => set({ ...draft, [name]: next });
  const languages = draft.languages ?? Object.keys(saved.languages ?? { [locale.value]: 3 });
  async function save() {
    const args = Object.fromEntries(Object.entries(draft).filter(([name, one]) => name !== "name" || one.trim()));
    if (args.languages) args.languages = Object.fromEntries(languages.map((one) => [one, saved.languages?.[one] ?? 3]));
    await act("profile.edit", args);
    clear();
    back("/me");
  }
  const optional = (names, of) => [["", t("unsaid")], ...names.map((one) => [one, t(`${of}.${one}`)])];
  return html`<${Screen} title=${t("profile.title")} back="/me">
    <p>${t("profile.lead")}</p>
    <${Form} onSend=${save}>
      <${Line} label=${t("profile.name")} hint=${t("profile.name.hint")} value=${value("name")} onValue=${put("name")} maxlength="80" />
      <${Line} label=${t("profile.pronouns")} value=${value("pronouns")} onValue=${put("pronouns")} maxlength="40" />
      <${Area} label=${t("profile.about")} value=${value("about")} onValue=${put("about")} most=${2000} />
      <${Some} legend=${t("profile.languages")} options=${spoken()} value=${languages} onValue=${put("languages")} most=${12} />
      <${One} legend=${t("gender")} options=${optional(GENDERS, "gender")} value=${value("gender") || ""}
        onValue=${(next) => put("gender")(next || null)} />
      <${One} legend=${t("age")} hint=${t("age.hint")} options=${optional(AGES, "age")} value=${value("age_band") || ""}
        onValue=${(next) => put("age_band")(next || null)} />
      <${Deed} disabled=${Object.keys(draft).length === 0}>${t("save")}<//>
    <//>
  <//>`;
}
