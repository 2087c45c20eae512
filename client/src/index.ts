/** `@beside/client`: a phone of Beside in JavaScript. `client/README.md` begins with five minutes of it. */

export { Beside, open, type Options, type Sent, type Status, type Who } from "./beside.js";
export type { CommandName, Commands, ErrorCode, Kind, Kinds } from "./generated.js";
export type { Guess, Guessed, Shown } from "./guesses.js";
export type { Refused } from "./image.js";
export { openIndexedDB } from "./indexeddb.js";
export type { Readable } from "./observable.js";
export { BesideError, type Change, type Fault, type Mutation, type Outcome } from "./protocol.js";
export { MemoryStore, type Snapshot, type Store, type Table, type Write } from "./store.js";
export type { TraceEvent } from "./trace.js";
export type { MessageState, Place, Query, Row } from "./view.js";
export { io } from "socket.io-client"; // to wrap it in what is given as `socket`
