// The menu of a conversation as its own screen, for narrow screens that have no room beside the conversation.
import { html } from "../lib/html.js";
import { useTalk } from "../lib/talks.js";
import { Gone } from "../parts/gone.js";
import { Handover } from "../parts/handover.js";
import { Repair } from "../parts/repair.js";
import { Screen } from "../parts/screen.js";
import { TalkMenu } from "../parts/talk-menu.js";

export function View({ parts: [space] }) {
  const talk = useTalk(space);
  if (!talk) return html`<${Gone} />`;
  return html`<${Screen} title=${talk.title} back=${`/talk/${space}`}>
    <${Handover} talk=${talk} />
    <${TalkMenu} talk=${talk} />
    <${Repair} talk=${talk} />
  <//>`;
}
