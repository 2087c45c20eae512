/** How a phone is opened. */

import type { Guess } from "./guesses.js";
import type { Fetch } from "./http.js";
import type { Store } from "./store.js";
import type { Trace } from "./trace.js";
import type { Connect } from "./wire.js";

/** How to open a phone. */
export interface Options {
  readonly url: string; // where Beside is, such as https://beside.example.org
  readonly name?: string; // of the local database; accounts used side by side need different names
  readonly device?: string; // what the user's list of devices shows
  readonly store?: Store; // IndexedDB where there is one, else memory
  readonly automatic?: boolean; // false: syncs only when `sync()` is called
  readonly delivered?: boolean; // false: the app itself sends `position.delivered`
  readonly sealable?: boolean; // true: `signOut({ sealed: true })` can keep the data, encrypted
  readonly guesses?: Readonly<Record<string, Guess<any>>>; // optimistic rows of more commands
  readonly trace?: Trace; // called with all that crosses the wire
  readonly fetch?: Fetch;
  readonly socket?: Connect; // `connect`, the `io` of socket.io-client, or a wrapper of one of them
  readonly now?: () => number; // the wall clock, in ms since 1970
}
