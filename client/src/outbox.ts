/** The outbox: the user's mutations, until each has its outcome. */

import { sortable, tick, written } from "./clock.js";
import type { CommandName, Commands } from "./generated.js";
import { uuid7, wellFormed } from "./ids.js";
import type { Draft, Image } from "./image.js";
import { BesideError, signedOut, type Mutation } from "./protocol.js";

export const URGENT = "sos.raise"; // a call for help is sent before all other mutations
const MOST_WAITING = 10_000; // mutations that can wait; years of use without a network
const MOST_AT_ONCE = 500; // mutations in a push
const LOAD = 1_000_000; // bytes in a push; the server takes four times as much

/**
 * Put a mutation into the outbox; throws BesideError `unauthenticated` if no user has signed in here, or `outbox_full`.
 * The mutation keeps its id and its time, however often it is sent.
 */
export function enqueue<N extends CommandName>(draft: Draft, name: N, args: Commands[N], now: number): Mutation<N> {
  if (draft.state("account") === null) throw signedOut(); // or it would be sent for the next user who signs in
  if (draft.image.outbox.length >= MOST_WAITING && name !== URGENT) {
    const message = `${MOST_WAITING} mutations wait: connect to the network first.`;
    throw new BesideError({ code: "outbox_full", message, details: { limit: MOST_WAITING } });
  }
  const clock = tick(draft.state("clock"), now);
  const mutation = { id: uuid7(now), name, args: wellFormed(args), at: written(clock.last) };
  draft.set("clock", clock);
  draft.write("outbox", `${name === URGENT ? 0 : 1}/${sortable(clock.last)}`, mutation);
  return mutation;
}

/** Return the oldest mutations that fit into one push. */
export function load(image: Image): readonly Mutation[] {
  const oldest = image.outbox.slice(0, MOST_AT_ONCE);
  let bytes = 0;
  const fitting = oldest.findIndex((mutation) => (bytes += bytesOf(mutation)) > LOAD);
  return fitting < 0 ? oldest : oldest.slice(0, Math.max(1, fitting));
}

/** Return an upper bound of the bytes that a mutation has in UTF-8. */
function bytesOf(mutation: Mutation): number {
  return 3 * JSON.stringify(mutation).length;
}
