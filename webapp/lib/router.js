// The router. The route is the part of the URL behind `#`.
import { signal } from "./html.js";

export const route = signal(parsed());
let depth = history.state?.depth ?? 0;

addEventListener("hashchange", () => {
  if (history.state?.depth === undefined) history.replaceState({ depth: ++depth }, "");
  else depth = history.state.depth;
  route.value = parsed();
});

/** Go to a path, such as `/talk/pair:1`. `replace` takes the present path out of the history. */
export function go(path, { replace = false } = {}) {
  if (replace) {
    history.replaceState({ depth }, "", `#${path}`);
    route.value = parsed();
  } else {
    location.hash = path;
  }
}

/** Go back to the previous view, or to `above` if the user came from outside the app. */
export function back(above = "/") {
  if (depth > 0) history.back();
  else go(above, { replace: true });
}

function parsed() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  return { name: parts[0] || "home", parts: parts.slice(1), path: location.hash.slice(1) || "/" };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // an incomplete percent escape
  }
}
