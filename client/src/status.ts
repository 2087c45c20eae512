/** The sync status of a phone, as apps show it. */

import type { Connection } from "./engine.js";

/** The connection, the waiting mutations and the problem of a phone. */
export interface Status {
  readonly state: Connection;
  readonly waiting: number; // mutations without an outcome
  readonly problem: string | null; // code of the error that keeps this phone from storing or syncing
}
