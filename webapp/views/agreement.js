// The agreement, which both sign before the first message. Either can propose a new one later.
import { html, useState } from "../lib/html.js";
import { act, useRecords } from "../lib/beside.js";
import { go } from "../lib/router.js";
import { useTalk } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Deed, Quiet, Sure } from "../parts/buttons.js";
import { Card, Empty, Note } from "../parts/faces.js";
import { Gone } from "../parts/gone.js";
import { Propose, Terms } from "../parts/terms.js";
import { Screen } from "../parts/screen.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  const agreements = useRecords({ kind: "agreement", space }, [space]);
  const [isProposing, propose] = useState(false);
  if (!talk) return html`<${Gone} />`;
  const proposed = agreements.findLast((row) => row.data.state === "proposed");
  const current = agreements.findLast((row) => row.data.state === "in_force");
  const isSigned = Boolean(proposed?.data.signed?.[talk.me]);
  const sha256 = proposed?.data.sha256;
  const sign = () => act("agreement.sign", { space, sha256 }).then(() => go(`/talk/${space}`, { replace: true }));
  return html`<${Screen} title=${t("agreement.title")} back=${`/talk/${space}`}>
    ${!proposed && !current && html`<${Empty}>${t("agreement.none")}<//>`}
    ${proposed && html`
      <p class="lead">${t(current ? "agreement.new" : "agreement.lead", { name: talk.name })}</p>
      <${Terms} terms=${proposed.data.terms} />
      ${isSigned && html`<${Note}>${t("agreement.waits", { name: talk.name })}<//>`}
      ${!isSigned && html`<div class="row">
        <${Deed} onClick=${sign}>${t("agreement.sign")}<//>
        <${Quiet} onClick=${() => act("agreement.decline", { space, sha256 })}>${t("agreement.decline")}<//>
      </div>`}`}
    ${current && html`<${Card} title=${t("agreement.now")}><${Terms} terms=${current.data.terms} /><//>`}
    ${talk.state !== "ended" && !isProposing && html`<${Quiet} onClick=${() => propose(true)}>${t("agreement.propose")}<//>`}
    ${isProposing && html`<${Propose} space=${space} from=${(proposed ?? current)?.data.terms} onDone=${() => propose(false)} />`}
    ${current && talk.canWrite && html`<${Sure} label=${t("agreement.withdraw")} says=${t("agreement.withdraw.says")}
      onYes=${() => act("agreement.withdraw", { space })} />`}
  <//>`;
}
