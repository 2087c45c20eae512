// The icons beside texts. An icon without a text has a label for screen readers.
import { html } from "../lib/html.js";

const PATHS = {
  back: "M15 5l-7 7 7 7",
  talks: "M4 5h16v11H9l-5 4z",
  find: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4 4",
  offers: "M4 12h5l2 3h2l2-3h5M4 12l3-7h10l3 7v7H4z",
  me: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-5 4-6 8-6s7 1 8 6",
  send: "M4 12l16-8-5 16-3-7z",
  more: "M12 5v14M5 12h14",
  down: "M6 9l6 6 6-6",
};

/** Show an icon; those with a direction are mirrored in right-to-left languages. */
export function Icon({ name }) {
  return html`<svg class=${name === "back" || name === "send" ? "icon turns" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
    <path d=${PATHS[name]} />
  </svg>`;
}
