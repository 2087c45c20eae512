/** The promises that `do` returns. Each resolves with the outcome of its mutation. */

import type { Image } from "./image.js";
import { isFinal, type Fault, type Outcome } from "./protocol.js";

/** A mutation that `do` has accepted. */
export interface Sent {
  readonly id: string; // of the mutation
  readonly outcome: Promise<Outcome>; // resolves when the server has decided
}

export class Outcomes {
  readonly #image: Image;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>(); // {id of a mutation: resolve}

  constructor(image: Image) {
    this.#image = image;
  }

  /** Return a promise of the outcome of a mutation that is in the outbox. */
  of(mutation: string): Promise<Outcome> {
    return new Promise((resolve) => this.#waiting.set(mutation, resolve));
  }

  /** Resolve the promises of mutations that left the outbox. If this tab missed an outcome, stored rows give it. */
  tell(outcomes: readonly Outcome[]): void {
    if (this.#waiting.size === 0) return;
    const told = new Map(outcomes.filter(isFinal).map((outcome) => [outcome.id, outcome]));
    const left = new Set(this.#image.outbox.map(({ id }) => id));
    for (const [id, resolve] of this.#waiting) {
      if (left.has(id)) continue;
      this.#waiting.delete(id);
      resolve(told.get(id) ?? this.#stored(id));
    }
  }

  #stored(id: string): Outcome {
    const error = this.#image.state("account") === null ? erased() : this.#image.refused.find((one) => one.id === id)?.error;
    return error === undefined ? { id, ok: true } : { id, ok: false, error };
  }
}

/** Return the error of a mutation that was erased when the user signed out. */
function erased(): Fault {
  return { code: "signed_out", message: "The user has signed out: it may be done, or not.", details: {} };
}
