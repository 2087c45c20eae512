/** `@beside/client`: the client of Beside in JavaScript. `client/README.md` is a five-minute introduction. */

export { Beside, open } from "./beside.js";
export type { CommandName, Commands, ErrorCode, Kind, Kinds } from "./generated.js";
export type { Guess, Guessed, Shown } from "./guesses.js";
export type { Refused } from "./image.js";
export { openIndexedDB } from "./indexeddb.js";
export type { Readable } from "./observable.js";
export type { Options } from "./options.js";
export type { Sent } from "./outcomes.js";
export { BesideError, type Change, type Fault, type Mutation, type Outcome } from "./protocol.js";
export type { Status } from "./status.js";
export { MemoryStore, type Snapshot, type Store, type Table, type Write } from "./store.js";
export type { TraceEvent } from "./trace.js";
export type { MessageState, Place, Query, Row } from "./view.js";
export type { Who } from "./who.js";
export { connect, type Connect, type Wire, type WireOptions } from "./wire.js"; // to be wrapped for the option `socket`
