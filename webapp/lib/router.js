// Where the person is: the part of the address behind `#`. Back leads to where they came from.
import { signal } from "./html.js";

export const route = signal(parsed());
let depth = history.state?.depth ?? 0;

addEventListener("hashchange", () => {
  if (history.state?.depth === undefined) history.replaceState({ depth: ++depth }, "");
  else depth = history.state.depth;
  route.value = parsed();
});

/** Go to a place, such as `/talk/pair:1`. With `replace` the present place is not returned to. */
export function go(path, { replace = false } = {}) {
  if (replace) {
    history.replaceState({ depth }, "", `#${path}`);
    route.value = parsed();
  } else {
    location.hash = path;
  }
}

/** Go back to where the person came from, or, if they came from outside, to the place above. */
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
    return part; // an address that somebody cut in the middle
  }
}
