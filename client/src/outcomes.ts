/** The promises of outcomes: what `do` gives to the app until the server has said what became of a mutation. */

import type { Image } from "./image.js";
import { isFinal, type Fault, type Outcome } from "./protocol.js";

/** What the user did: it is stored. */
export interface Sent {
  readonly id: string; // of the mutation
  readonly outcome: Promise<Outcome>; // what became of it, as soon as the server has said so
}

export class Outcomes {
  readonly #image: Image;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>(); // {mutation: what hears its outcome}

  constructor(image: Image) {
    this.#image = image;
  }

  /** Return what a mutation that is in the outbox will have become. */
  of(mutation: string): Promise<Outcome> {
    return new Promise((resolve) => this.#waiting.set(mutation, resolve));
  }

  /** Tell what became of mutations. Of those whose outcome was told while this tab slept, what is stored says it. */
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

/** Return why a mutation was never decided: it was erased when the user signed out. */
function erased(): Fault {
  return { code: "signed_out", message: "The user has signed out: it may be done, or not.", details: {} };
}
