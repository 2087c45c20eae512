// The last call for help since the app was opened, and its state. In memory, because a full phone stores nothing.
import { beside } from "./beside.js";
import { signal } from "./html.js";

/** The last call: null, or {id, user, state}. The state is sending, sent or failed. */
export const calling = signal(null);

/** Call for help; returns whether the call was sent. Throws nothing, because the screen must show a failure. */
export async function call(args) {
  const made = { id: beside.id(), user: beside.session.value?.user };
  calling.value = { ...made, state: "sending" };
  const { ok } = await raised({ ...args, id: made.id });
  if (calling.value.id === made.id) calling.value = { ...made, state: ok ? "sent" : "failed" };
  return ok;
}

async function raised(args) {
  try {
    return await (await beside.sos(args)).outcome;
  } catch (error) {
    return { ok: false, error };
  }
}
