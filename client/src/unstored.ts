/** Sends a call for help that this phone cannot store. */

import { pause } from "./pause.js";
import { asFault, type Mutation, type Outcome } from "./protocol.js";
import type { Rounds } from "./rounds.js";

const SOONEST = 1_000; // ms before the next try; then twice that, and so on
const LATEST = 30_000;

/** Send a mutation until it has an outcome; the outcome is an error if the user signs out or the app closes first. */
export async function sendUnstored(rounds: Rounds, mutation: Mutation, signal: AbortSignal): Promise<Outcome> {
  for (let wait = SOONEST; ; wait = Math.min(2 * wait, LATEST)) {
    try {
      return await rounds.ask(mutation);
    } catch (error) {
      const fault = asFault(error);
      if (signal.aborted || fault.code === "unauthenticated") return { id: mutation.id, ok: false, error: fault };
    }
    await pause(wait);
  }
}
