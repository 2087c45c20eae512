/** How far a phone is with the server, and what is wrong, as apps show it. */

import type { Connection } from "./engine.js";

/** How things are. */
export interface Status {
  readonly state: Connection;
  readonly waiting: number; // mutations without an outcome
  readonly problem: string | null; // what keeps this phone from storing, or from syncing
}
