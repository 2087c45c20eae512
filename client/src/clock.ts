/**
 * The hybrid logical clock: a mutation's stamp is later than every stamp that this phone has made or seen.
 * Source: Kulkarni, Demirbas et al., "Logical Physical Clocks" (2014).
 */

/** A time in ms since 1970, and a counter for what happens within one millisecond. */
export type Stamp = readonly [at: number, counter: number];

/** The stored state of the clock: the latest stamp that was made or seen, and the latest that was seen. */
export interface Clock {
  readonly last: Stamp;
  readonly seen: Stamp;
}

export const START: Clock = { last: [0, 0], seen: [0, 0] };
export const DRIFT = 60_000; // ms that a phone's clock may be ahead of the server's before it counts as wrong
const LAST_COUNTER = 0xffff;

/** Return the clock after it has stamped something at the wall-clock time `now` (ms); `last` is the new stamp. */
export function tick(clock: Clock, now: number): Clock {
  return { last: later([now, 0], next(clock.last)), seen: clock.seen };
}

/** Return the clock after it has seen a stamp that came from elsewhere. */
export function see(clock: Clock, stamp: Stamp): Clock {
  return { last: later(clock.last, stamp), seen: later(clock.seen, stamp) };
}

/** Return the clock without its own stamps if they are over DRIFT ahead of `serverTime` (ms since 1970). */
export function setRight(clock: Clock, serverTime: number): Clock {
  return clock.last[0] > serverTime + DRIFT ? { last: clock.seen, seen: clock.seen } : clock;
}

/** Read `"<ms>-<counter>"`. */
export function parse(text: string): Stamp {
  const [at, counter] = text.split("-");
  return [Number(at), Number(counter)];
}

/** Return a stamp as it crosses the wire: `"<ms>-<counter>"`. */
export function written(stamp: Stamp): string {
  return `${stamp[0]}-${stamp[1]}`;
}

/** Return a text that sorts like the stamp. */
export function sortable(stamp: Stamp): string {
  return `${String(stamp[0]).padStart(15, "0")}-${String(stamp[1]).padStart(5, "0")}`;
}

function next([at, counter]: Stamp): Stamp {
  return counter < LAST_COUNTER ? [at, counter + 1] : [at + 1, 0];
}

function later(one: Stamp, other: Stamp): Stamp {
  return one[0] > other[0] || (one[0] === other[0] && one[1] >= other[1]) ? one : other;
}
