/** Applies what the server sends to a draft, by the rules of docs/your-own-client.md: one function for each rule. */

import { parse, see, setRight } from "./clock.js";
import type { Draft, Refused } from "./image.js";
import { isFinal, type Change, type Frame, type Outcome, type Page } from "./protocol.js";

const MOST_REFUSED = 1_000; // refused mutations that are kept; the oldest are deleted first

/**
 * Store a page that was asked for with the cursor `asked`, and move the cursor; return whether there are more pages, or
 * null if the page came too late: the cursor has moved since, and the page would move it back.
 */
export function takePage(draft: Draft, page: Page, asked: string | null): boolean | null {
  if (draft.state("cursor") !== asked) return null;
  for (const space of [...page.gone, ...page.reset]) dropSpace(draft, space);
  keepAll(draft, page.changes);
  const positions = { ...draft.state("positions") };
  const seen = { ...draft.state("seen") };
  for (const [space, seq] of Object.entries(page.positions)) {
    positions[space] = Math.max(seq, positions[space] ?? 0);
    if ((seen[space] ?? 0) <= seq) delete seen[space];
  }
  draft.set("positions", positions);
  draft.set("seen", seen);
  if (Object.keys(page.history).length > 0) draft.set("older", { ...draft.state("older"), ...page.history });
  draft.set("cursor", page.cursor);
  return page.more;
}

/** Store a live change if it is the next of its space; return false if an earlier change was missed: pull. */
export function takeFrame(draft: Draft, { space, seq, change }: Frame): boolean {
  const position = draft.state("positions")[space] ?? 0;
  if (seq > position + 1) return false;
  if (seq === position + 1) {
    keepAll(draft, [change]);
    draft.set("positions", { ...draft.state("positions"), [space]: seq });
    draft.set("seen", { ...draft.state("seen"), [space]: seq });
  }
  return true;
}

/**
 * Take mutations with a final outcome out of the outbox, keep those that were refused, store the changes of the others,
 * and return the outcomes that were taken. An outcome whose changes come after a gap is not taken: its mutation stays in
 * the outbox, and on the screen, and is sent again with the pull that fills the gap. With `hasPage` all are taken,
 * because the page of the same answer fills the gap.
 */
export function takeOutcomes(draft: Draft, outcomes: readonly Outcome[], hasPage = false): readonly Outcome[] {
  const taken = outcomes.filter((outcome) => isFinal(outcome) && (takeChanges(draft, outcome) || hasPage));
  const final = new Map(taken.map((outcome) => [outcome.id, outcome]));
  const { refused } = draft.image;
  let kept = refused.length;
  for (const [key, mutation] of draft.waiting()) {
    const outcome = final.get(mutation.id);
    if (outcome === undefined) continue;
    draft.write("outbox", key, undefined);
    if (outcome.error === undefined) continue;
    draft.write("refused", mutation.id, { ...mutation, error: outcome.error } satisfies Refused);
    if ((kept += 1) > MOST_REFUSED) draft.write("refused", refused[kept - MOST_REFUSED - 1]!.id, undefined);
  }
  return taken;
}

function takeChanges(draft: Draft, { changes = [] }: Outcome): boolean {
  return changes.map((change) => takeFrame(draft, { space: change.space, seq: change.seq, change })).every(Boolean);
}

/**
 * Store a page of the messages of a space that are older than `before`; return whether there are more. A page that
 * comes too late, when the space was dropped or other messages have come, is thrown away.
 */
export function takeHistory(draft: Draft, space: string, before: number, changes: readonly Change[], more: boolean): boolean {
  if (draft.state("older")[space] !== before) return space in draft.state("older");
  keepAll(draft, changes);
  const older = { ...draft.state("older") };
  const last = changes.at(-1);
  if (more && last !== undefined) older[space] = last.first_seq;
  else delete older[space];
  draft.set("older", older);
  return space in older;
}

/** Drop all records and the cursor, so that everything is fetched again. The outbox stays. */
export function startOver(draft: Draft): void {
  for (const space of new Set([...draft.image.groups.keys()].map((group) => group.slice(0, group.indexOf(" "))))) {
    dropSpace(draft, space);
  }
  for (const name of ["positions", "seen", "arrived", "older"] as const) draft.set(name, {});
  draft.set("cursor", null);
}

/** Set the clock back to the latest seen stamp, if it is far ahead of the server and no stamped mutation waits. */
export function correctClock(draft: Draft, serverTime: number): void {
  const clock = draft.state("clock");
  const right = setRight(clock, serverTime);
  if (right !== clock && draft.waiting().length === 0) draft.set("clock", right);
}

function dropSpace(draft: Draft, space: string): void {
  draft.dropRecords(space);
  for (const name of ["positions", "seen", "arrived", "older"] as const) {
    const { [space]: _, ...others } = draft.state(name);
    draft.set(name, others);
  }
}

function keepAll(draft: Draft, changes: readonly Change[]): void {
  let clock = draft.state("clock");
  for (const change of changes) {
    draft.keep(change);
    if (change.at !== undefined) clock = see(clock, parse(change.at));
  }
  if (changes.length > 0) draft.set("clock", clock);
}
