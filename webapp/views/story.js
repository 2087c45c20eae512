// The peer's story card. A specialist sees it only if the peer shares it, so that nobody has to tell it again.
import { html } from "../lib/html.js";
import { act, useMine } from "../lib/beside.js";
import { useDraft } from "../lib/drafts.js";
import { useTalks } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed } from "../parts/buttons.js";
import { Area, Form, Switch } from "../parts/fields.js";
import { Screen } from "../parts/screen.js";

export function View() {
  const saved = useMine("story")?.data;
  const talks = useTalks().filter((talk) => talk.canWrite);
  const [text, setText, clear] = useDraft("story", saved?.text ?? "");
  const shared = saved?.shared ?? [];
  const share = (space) => act(shared.includes(space) ? "story.unshare" : "story.share", { space });
  return html`<${Screen} title=${t("story.title")} back="/me">
    <p>${t("story.lead")}</p>
    <${Form} onSend=${() => act("story.edit", { text }).then(clear)}>
      <${Area} label=${t("story.text")} value=${text} onValue=${setText} most=${10000} rows=${6} />
      <${Deed}>${t("save")}<//>
    <//>
    ${saved && talks.map((talk) => html`<${Switch} key=${talk.space} label=${t("story.share", { name: talk.name })} value=${shared.includes(talk.space)} onValue=${() => share(talk.space)} />`)}
  <//>`;
}
