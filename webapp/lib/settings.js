// The look of the app on this phone, and the key-value storage that drafts and lists share.
import { signal } from "./html.js";

/** The name of this phone on the demo page, which shows two phones; otherwise empty. */
export const phone = (new URLSearchParams(location.search).get("phone") ?? "").replace(/[^a-z0-9-]/gi, "").slice(0, 32);

const memory = new Map(); // what could not be stored: the storage is full, or a private window has none

/** Return the value stored under a name, or null. Values are JSON. */
export function stored(name) {
  if (memory.has(name)) return memory.get(name);
  try {
    return JSON.parse(localStorage.getItem(key(name)));
  } catch {
    return null;
  }
}

/** Store a value under a name; undefined or null removes it. */
export function store(name, value) {
  memory.delete(name);
  try {
    if (value === undefined || value === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    memory.set(name, value ?? null); // until the page is closed
  }
}

/** Remove all values whose names begin with `prefix`, except those that begin with `except`. */
export function forget(prefix, except = "\n") {
  const goes = (name, start) => name.startsWith(start + prefix) && !name.startsWith(start + except);
  for (const name of [...memory.keys()].filter((one) => goes(one, ""))) memory.delete(name);
  try {
    for (const name of Object.keys(localStorage)) if (goes(name, key(""))) localStorage.removeItem(name);
  } catch {
    // Without storage there is nothing to remove.
  }
}

const key = (name) => `beside.${phone}.${name}`;
const attribute = (name) => document.documentElement.dataset[name];

export const theme = signal(attribute("theme"));
export const size = signal(attribute("size"));

/** Set the look of the app: `theme` is system, light or dark; `size` is usual, large or largest. */
export function look(name, value) {
  ({ theme, size })[name].value = value;
  document.documentElement.dataset[name] = value;
  try {
    localStorage.setItem(key(name), value);
  } catch {
    // The look holds until the page is closed.
  }
}
