/** The copy of the database that a tab holds in memory, and drafts of what is to be written next. */

import type { Clock } from "./clock.js";
import { START } from "./clock.js";
import type { Change, Fault, Mutation } from "./protocol.js";
import type { Sealed, Vault } from "./seal.js";
import { groupIn, type Snapshot, type Table, type Write } from "./store.js";

/** Who is signed in on this phone. */
export interface Account {
  readonly user: string;
  readonly device: string;
  readonly role: string;
  readonly handle: string | null; // null for those who signed in without one
  readonly accessToken: string | null; // null: the server does not know this phone any more; sign in again
  readonly refreshToken: string | null;
  readonly expires: number; // of the access token, in ms of this phone's own clock
}

/** A mutation that the server has refused. It is kept until the app dismisses it, so that no text is lost. */
export interface Refused extends Mutation {
  readonly error: Fault;
}

/** The rows of the table `state`. */
export interface State {
  account: Account | null;
  deviceKey: Readonly<Record<string, string>>; // {handle: key}: proves to the server that a handle was used here before
  cursor: string | null; // from the last page
  positions: Readonly<Record<string, number>>; // {space: seq up to which this phone has everything}
  seen: Readonly<Record<string, number>>; // {space: seq}: what live frames brought since the cursor
  arrived: Readonly<Record<string, number>>; // {space: seq up to which the server knows that this phone has everything}
  older: Readonly<Record<string, number>>; // {space: first_seq}: the server has older messages before this place
  clock: Clock;
  vault: Vault | null; // the key that seals the rows above when the user signs out
  sealed: Sealed | null; // the rows of a user who has signed out and may come back
}

const EMPTY: State = {
  account: null,
  deviceKey: {},
  cursor: null,
  positions: {},
  seen: {},
  arrived: {},
  older: {},
  clock: START,
  vault: null,
  sealed: null,
};

/** Return the unique name of a record. */
export function nameOf(space: string, kind: string, id: string): string {
  return `${space} ${kind} ${id}`;
}

/** Return the name of a group: the records of one kind in one space. */
export function groupOf(space: string, kind: string): string {
  return `${space} ${kind}`;
}

/** The stored rows, in memory. Only `apply` and `replace` change them, with rows that the store has taken. */
export class Image {
  revision = 0;
  outbox: readonly Mutation[] = []; // oldest first; a call for help before all others
  refused: readonly Refused[] = [];
  readonly groups = new Map<string, Map<string, Change>>(); // {group: {id: record}}
  readonly waiting = new Map<string, Mutation>(); // by the keys under which they are stored
  readonly #refused = new Map<string, Refused>();
  readonly #state = new Map<string, unknown>();

  state<K extends keyof State>(name: K): State[K] {
    return (this.#state.get(name) as State[K] | undefined) ?? EMPTY[name];
  }

  record(space: string, kind: string, id: string): Change | undefined {
    return this.groups.get(groupOf(space, kind))?.get(id);
  }

  /** Replace all rows by those of the store. */
  replace({ revision, rows }: Snapshot): void {
    this.groups.clear();
    for (const table of [this.waiting, this.#refused, this.#state]) table.clear();
    this.outbox = this.refused = [];
    const writes = [...rows].flatMap(([table, stored]) => [...stored].map(([key, value]) => ({ table, key, value })));
    this.apply(writes, revision);
  }

  /** Apply rows that the store has taken, and the revision of the store after this write. */
  apply(writes: readonly Write[], revision: number): void {
    for (const write of writes) this.#put(write);
    const touched = new Set(writes.map(({ table }) => table));
    if (touched.has("outbox")) this.outbox = inOrder(this.waiting);
    if (touched.has("refused")) this.refused = inOrder(this.#refused);
    this.revision = revision;
  }

  #put({ table, key, value }: Write): void {
    if (table === "records") return this.#putRecord(key, value as Change | undefined);
    const rows: Map<string, unknown> = { outbox: this.waiting, refused: this.#refused, state: this.#state }[table];
    if (value === undefined) rows.delete(key);
    else rows.set(key, value);
  }

  #putRecord(name: string, record: Change | undefined): void {
    const group = groupIn(name);
    const records = this.groups.get(group) ?? new Map<string, Change>();
    if (record === undefined) records.delete(name.slice(group.length + 1));
    else records.set(record.id, record);
    if (records.size === 0) this.groups.delete(group);
    else this.groups.set(group, records);
  }
}

function inOrder<T>(rows: ReadonlyMap<string, T>): readonly T[] {
  return [...rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** The writes of the next transaction. Reading a draft gives the image with these writes applied. */
export class Draft {
  readonly image: Image;
  readonly #drops = new Map<string, Write>(); // {key: the deletion of a record}; done before all other writes
  readonly #writes = new Map<string, Write>(); // {table and key: the last write of this row}

  constructor(image: Image) {
    this.image = image;
  }

  get writes(): Write[] {
    return [...this.#drops.values(), ...this.#writes.values()];
  }

  state<K extends keyof State>(name: K): State[K] {
    const write = this.#writes.get(`state ${name}`);
    return write === undefined ? this.image.state(name) : ((write.value ?? EMPTY[name]) as State[K]);
  }

  record(space: string, kind: string, id: string): Change | undefined {
    const name = nameOf(space, kind, id);
    const write = this.#writes.get(`records ${name}`) ?? this.#drops.get(name);
    return write === undefined ? this.image.record(space, kind, id) : (write.value as Change | undefined);
  }

  /** Return the waiting mutations, oldest first, each with its key. */
  waiting(): [string, Mutation][] {
    const rows = new Map<string, unknown>(this.image.waiting);
    for (const { table, key, value } of this.#writes.values()) if (table === "outbox") rows.set(key, value);
    const kept = [...rows].filter((row): row is [string, Mutation] => row[1] !== undefined);
    return kept.sort(([one], [other]) => (one < other ? -1 : 1));
  }

  set<K extends keyof State>(name: K, value: State[K]): void {
    this.write("state", name, value);
  }

  /** Store a record, unless a newer one is there: changes come late, twice and in any order. */
  keep(change: Change): void {
    const known = this.record(change.space, change.kind, change.id);
    if (known === undefined || known.seq < change.seq) {
      this.write("records", nameOf(change.space, change.kind, change.id), change, change.first_seq);
    }
  }

  /** Drop all records of a space. */
  dropRecords(space: string): void {
    for (const [group, records] of this.image.groups) {
      if (!group.startsWith(`${space} `)) continue;
      for (const [id, { first_seq: place }] of records) {
        this.#drops.set(`${group} ${id}`, { table: "records", key: `${group} ${id}`, value: undefined, place });
      }
    }
    for (const name of this.#writes.keys()) if (name.startsWith(`records ${space} `)) this.#writes.delete(name);
  }

  write(table: Table, key: string, value: unknown, place?: number): void {
    this.#writes.set(`${table} ${key}`, { table, key, value, place });
  }
}
