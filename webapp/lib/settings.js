// What this phone remembers about how the app looks, and the storage that drafts and lists share.
import { signal } from "./html.js";

/** The name of this phone in the page with several phones; empty for everybody else. */
export const phone = (new URLSearchParams(location.search).get("phone") ?? "").replace(/[^a-z0-9-]/gi, "").slice(0, 32);

const memory = new Map(); // where nothing can be stored, in private windows of some browsers

/** Return what is stored under a name, or null. Values are JSON. */
export function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(key(name)));
  } catch {
    return memory.get(name) ?? null;
  }
}

/** Store a value under a name; undefined or null removes it. */
export function store(name, value) {
  memory.set(name, value ?? null);
  try {
    if (value === undefined || value === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // The disk is full, or nothing can be stored here: the value stays until the page is closed.
  }
}

/** Remove everything whose name begins with a prefix, but not with another one. */
export function forget(prefix, except = "\n") {
  const goes = (name, start) => name.startsWith(start + prefix) && !name.startsWith(start + except);
  for (const name of [...memory.keys()].filter((one) => goes(one, ""))) memory.delete(name);
  try {
    for (const name of Object.keys(localStorage)) if (goes(name, key(""))) localStorage.removeItem(name);
  } catch {
    // There was nothing to remove.
  }
}

const key = (name) => `beside.${phone}.${name}`;
const attribute = (name) => document.documentElement.dataset[name];

export const theme = signal(attribute("theme"));
export const size = signal(attribute("size"));

/** Choose how the app looks: `theme` is system, light or dark; `size` is usual, large or largest. */
export function look(name, value) {
  ({ theme, size })[name].value = value;
  document.documentElement.dataset[name] = value;
  try {
    localStorage.setItem(key(name), value);
  } catch {
    // It holds until the page is closed.
  }
}
