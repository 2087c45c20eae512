// The client library, opened once, and the hooks and functions by which views use it.
import { open } from "@beside/client";
import { signal, useEffect, useMemo, useState } from "./html.js";
import { watch } from "./offline.js";
import { silence } from "./quiet.js";
import { forget, phone } from "./settings.js";
import { has, t } from "./words.js";

export let beside;
const url = document.querySelector("meta[name=beside]")?.content || location.origin;

/** Open the client. The stored records can be read without a network. */
export async function start() {
  const given = parent === window ? undefined : parent.besideOptions?.(phone); // from the demo page
  beside = await open({ url, name: phone ? `beside-${phone}` : "beside", device: device(), ...given });
  watch(beside.status);
  return beside;
}

/** Return the value of a readable, and render the view again whenever it changes. */
export function useReadable(make, inputs = []) {
  const readable = useMemo(make, inputs);
  const [, again] = useState(0);
  useEffect(() => {
    let shown = readable.value; // the listener is called at once, usually with what is shown already
    return readable.subscribe((value) => {
      if (value !== shown) again((count) => count + 1);
      shown = value;
    });
  }, [readable]);
  return readable.value;
}

/** Return the records that a query finds, by `first_seq`. */
export const useRecords = (query, inputs = []) => useReadable(() => beside.records(query), inputs);

/** Return the newest record of a kind whose author is the user, or undefined. */
export const useMine = (kind) => useRecords({ kind }).filter((row) => row.mine ?? true).at(-1);

export const useSession = () => useReadable(() => beside.session);
export const useStatus = () => useReadable(() => beside.status);

/** Return the waiting mutations of the user, without positions, which the phone sends by itself. */
export const useWaiting = () => useReadable(() => beside.outbox).filter(({ name }) => !name.startsWith("position."));

/** The last refused mutation, for the notice on the screen: {name, error}, or null. */
export const refusal = signal(null);

/** Put a mutation into the outbox; it is stored when this resolves. A later refusal is shown on the screen. */
export async function act(name, args) {
  const sent = await beside.do(name, args);
  sent.outcome.then((outcome) => {
    if (!outcome.ok) refusal.value = { name, error: outcome.error };
  });
  return sent;
}

/** Return [run, {busy, error}] for a request that needs the network. `run` returns undefined if it failed. */
export function useTask() {
  const [state, set] = useState({ busy: false, error: null });
  async function run(work) {
    set({ busy: true, error: null });
    try {
      const answer = await work();
      set({ busy: false, error: null });
      return answer;
    } catch (error) {
      return set({ busy: false, error });
    }
  }
  return [run, state];
}

/** Return the explanation of an error. */
export function explained({ code, details = {} }) {
  const field = String(details.field ?? "").replace(/^args\./, "");
  const keys = [`error.${code}.${field}`, `error.${details.state}`, `error.${code}`, "error.other"];
  return t(keys.find(has));
}

/** Sign out: erase the user's data on this phone and end its notifications, even without a network. */
export async function leave() {
  await silence().catch(() => {});
  await beside.signOut();
  forgetAll();
}

/** Delete the account, proved by {passphrase, code?}. */
export async function deleteAccount(proof) {
  await beside.deleteAccount(proof);
  await silence().catch(() => {}); // only now: a wrong passphrase must not end the notifications
  forgetAll();
}

function forgetAll() {
  for (const name of ["draft.", "ring.", "codes"]) forget(name);
  forget("kept.", "kept./lines"); // crisis lines are public, and stay
}

const device = () => `${/iPhone|iPad|Android|Macintosh|Windows|Linux/.exec(navigator.userAgent)?.[0] ?? ""} ${t("device")}`.trim();
