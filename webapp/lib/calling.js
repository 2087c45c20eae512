// The call for help that was made since the app was opened, and what became of it: it may never be stored on this phone.
import { beside } from "./beside.js";
import { signal } from "./html.js";

/** The last call: null, or {id, user, state}. The state is sending, sent or failed. */
export const calling = signal(null);

/** Call for help; returns whether it was sent. It throws nothing: that it failed must be on the screen. */
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
