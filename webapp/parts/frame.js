// The frame: a wide screen has the conversations at its side, a narrow one has three links at its foot.
import { html } from "../lib/html.js";
import { useSession } from "../lib/beside.js";
import { route } from "../lib/router.js";
import { useTalks } from "../lib/talks.js";
import { t } from "../lib/words.js";
import { Icon } from "./icon.js";

const PLACES = {
  peer: [["talks", "/talks"], ["find", "/find"], ["me", "/me"]],
  specialist: [["talks", "/talks"], ["offers", "/offers"], ["me", "/me"]],
};
const WITHIN = { talk: "talks", home: "talks", person: "find", practice: "offers", facts: "offers", invite: "offers", calls: "offers" };

/** Show a view in the frame of a signed-in user. */
export function Frame({ children }) {
  const places = PLACES[useSession().role] ?? PLACES.peer;
  const here = WITHIN[route.value.name] ?? route.value.name;
  const links = places.map(
    ([name, path]) => html`<a href=${`#${path}`} aria-current=${here === name ? "page" : null} key=${name}>
      <${Icon} name=${name} /><span>${t(`place.${name}`)}</span>
    </a>`,
  );
  return html`<div class="frame">
    <a class="skip" href="#body" onClick=${skip}>${t("skip")}</a>
    <nav class="side" aria-label=${t("places")}><${Talks} /><div class="places">${links}</div></nav>
    <div class="middle">${children}</div>
    <nav class="bar" aria-label=${t("places")}>${links}</nav>
  </div>`;
}

function Talks() {
  const talks = useTalks();
  return html`<ul class="talks">
    ${talks.map(
      (talk) => html`<li key=${talk.space}>
        <a href=${`#/talk/${talk.space}`} aria-current=${route.value.parts[0] === talk.space ? "page" : null}>
          <span dir="auto">${talk.title}</span>
          ${talk.unread > 0 && html`<small class="unread">${t("talks.new", { count: talk.unread })}</small>`}
        </a>
      </li>`,
    )}
  </ul>`;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("body")?.querySelector("a, button, input, textarea, select")?.focus();
}
