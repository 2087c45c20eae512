/** The shapes that cross the wire. See docs/protocol.md of Beside. */

import type { CommandName, Commands, ErrorCode, Kind, Kinds } from "./generated.js";

/** A record as phones see it. A tombstone has `deleted`, and no author, data or stamp. */
export interface Change<K extends Kind = Kind> {
  readonly id: string;
  readonly kind: K;
  readonly space: string;
  readonly seq: number; // its place in the order of its space; a new one whenever the record changes
  readonly first_seq: number; // never moves: the order in which records are shown
  readonly author?: string;
  readonly at?: string;
  readonly data?: Kinds[K];
  readonly deleted?: boolean;
}

/** A request of the user to change something. It is sent unchanged until it has an outcome. */
export interface Mutation<N extends CommandName = CommandName> {
  readonly id: string; // a UUIDv7
  readonly name: N;
  readonly args: Commands[N];
  readonly at: string; // "<ms>-<counter>"
}

/** An error as the server words it: the code is for programs, the message for people. */
export interface Fault {
  readonly code: ErrorCode | (string & {});
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** The result of one mutation. */
export interface Outcome {
  readonly id: string;
  readonly ok: boolean;
  readonly changes?: readonly Change[];
  readonly error?: Fault;
}

/** The outcomes of a push; fewer than mutations if the server could not decide all. */
export interface Outcomes {
  readonly outcomes: readonly Outcome[];
  readonly later?: Fault;
  readonly server_time: number;
}

/** The changes since a cursor. */
export interface Page {
  readonly changes: readonly Change[];
  readonly cursor: string;
  readonly positions: Readonly<Record<string, number>>;
  readonly history: Readonly<Record<string, number>>;
  readonly more: boolean;
  readonly gone: readonly string[];
  readonly reset: readonly string[];
  readonly server_time: number;
}

/** One live change. */
export interface Frame {
  readonly space: string;
  readonly seq: number;
  readonly change: Change;
}

/** The tokens of a signed-in phone, as the server gives them. */
export interface Tokens {
  readonly user: string;
  readonly device: string;
  readonly role: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_at: number;
  readonly server_time: number;
  readonly device_key?: string;
}

/** A request that failed. The code is the server's, or `offline` if no answer came: it may be done, or not. */
export class BesideError extends Error {
  readonly code: ErrorCode | "offline" | (string & {});
  readonly details: Readonly<Record<string, unknown>>;
  readonly status: number; // of HTTP; 0 without an answer

  constructor(fault: Omit<Fault, "details"> & Partial<Fault>, status = 0) {
    super(fault.message);
    this.name = "BesideError";
    this.code = fault.code;
    this.details = fault.details ?? {};
    this.status = status;
  }
}

/** Return a BesideError as it is, and any other error, such as one of the storage, with the code `unexpected`. */
export function asFault(error: unknown): BesideError {
  if (error instanceof BesideError) return error;
  return new BesideError({ code: "unexpected", message: String(error) });
}

/** Return the error of a request that nobody answered. */
export function offline(message = "No answer came: it may be done, or not."): BesideError {
  return new BesideError({ code: "offline", message });
}

/** Return the error of an action that needs a signed-in user. */
export function signedOut(): BesideError {
  const message = "Nobody is signed in: sign in first.";
  return new BesideError({ code: "unauthenticated", message }, 401);
}

/** Tell whether an outcome is final: the mutation may then leave the outbox. */
export function isFinal(outcome: Outcome): boolean {
  return outcome.ok || !isNotYet(outcome.error);
}

/** Tell whether an error asks to send the same request again later. */
export function isNotYet(error: { readonly code: string } | undefined): boolean {
  return error?.code === "try_later" || error?.code === "rate_limited";
}

/** Return after how many ms an error asks to send the request again, or null. */
export function retryAfter(error: Fault | BesideError | undefined): number | null {
  const seconds = error?.details["retry_after"];
  return typeof seconds === "number" ? seconds * 1000 : null;
}

/** Return the name of a user's private space. */
export function privateSpace(user: string): string {
  return `user:${user}`;
}

/** Return the id that a record about a space has in a private space. */
export function idOf(space: string): string {
  return space.replace(":", ".");
}

/** Return the space of an id that `idOf` has made. */
export function spaceOf(id: string): string {
  return id.replace(".", ":");
}
