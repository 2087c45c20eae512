// The app: chooses the view for each route. A view is loaded when it is first needed; offline it comes from the cache.
import { html, render, useEffect, useRef, useState } from "./lib/html.js";
import { beside, start, useSession } from "./lib/beside.js";
import { country } from "./lib/country.js";
import { keepForLater } from "./lib/kept.js";
import { registerPush } from "./lib/push.js";
import { go, route } from "./lib/router.js";
import { keepOffline } from "./lib/update.js";
import { locale, speak, t } from "./lib/words.js";
import { Frame } from "./parts/frame.js";
import { Screen } from "./parts/screen.js";

const OUTSIDE = { home: "welcome", "sign-up": "sign-up", "sign-in": "sign-in", lost: "lost", lines: "lines", sos: "lines" };
const INSIDE = {
  home: "talks", talks: "talks", talk: "talk", find: "find", person: "person", me: "me", sos: "sos", lines: "lines",
  offers: "offers", practice: "practice", facts: "facts", invite: "invite", calls: "calls", welcome: "talks", join: "join",
};
const IN_TALK = [
  "agreement", "promises", "together", "questions", "path", "steps", "suggestions", "hour", "checkin", "search", "about",
  "parting", "block", "report", "handover", "debrief",
];
const IN_ME = ["profile", "quiet", "plan", "devices", "ways-in", "codes", "not-sent", "settings", "account", "story", "blocked"];
const FOR_SPECIALISTS = new Set(["offers", "practice", "facts", "invite", "calls", "handover", "debrief"]);

/** Return the name of the view for a route. */
function chosen({ name, parts }, session) {
  if (!session) return OUTSIDE[name] ?? "welcome";
  if (name === "me" && IN_ME.includes(parts[0])) return parts[0];
  if (name === "talk" && IN_TALK.includes(parts[1])) return parts[1];
  return INSIDE[name] ?? "nowhere";
}

function App() {
  const session = useSession();
  const view = chosen(route.value, session);
  const [shown, show] = useState({ view: null, View: null });
  useEffect(() => {
    let wanted = true;
    import(`./views/${view}.js`).then(
      ({ View }) => wanted && show({ view, View }),
      () => wanted && show({ view, View: Absent }),
    );
    return () => (wanted = false);
  }, [view]);
  useEffect(() => scrollTo(0, 0), [route.value.path]);
  useEffect(() => {
    if (!session) return;
    navigator.storage?.persist?.();
    registerPush().catch(() => {}); // at each start, because browsers replace subscriptions
  }, [session]);
  const last = useRef(null); // the former view stays on the screen until the next one has loaded
  if (shown.view === view) last.current = { View: shown.View, path: route.value.path, parts: route.value.parts };
  if (!last.current) return null;
  const { View, path, parts } = last.current;
  const isForbidden = FOR_SPECIALISTS.has(shown.view) && session?.role !== "specialist";
  const place = html`<${isForbidden ? Forbidden : View} key=${`${path} ${locale.value}`} parts=${parts} />`;
  return session ? html`<${Frame}>${place}<//>` : html`<div class="outside">${place}</div>`;
}

/** Shown instead of a view that cannot be loaded without a network. */
const Absent = () => html`<${Screen} title=${t("absent.title")} back="/"><p>${t("absent")}</p><//>`;

const Forbidden = () => html`<${Screen} title=${t("forbidden.title")} back="/"><p>${t("forbidden")}</p><//>`;

async function begin() {
  await speak().catch(() => speak("en"));
  await start();
  if (location.hash === "#/sign-up" && beside.session.value) go("/", { replace: true });
  render(html`<${App} />`, document.getElementById("app"));
  document.documentElement.dataset.ready = "";
  keepForLater(country.value);
  await keepOffline().catch(() => {}); // without a service worker the app needs the network to start
}

begin();
