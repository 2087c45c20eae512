/** The rows that an app shows: the records of the replica, and on top of them the optimistic rows. */

import type { Database, Written } from "./database.js";
import { guess, type Guess, type Guessed, type Shown } from "./guesses.js";
import { groupOf, type Image } from "./image.js";
import type { Kind, Kinds } from "./generated.js";
import { groupIn } from "./store.js";
import { Computed, type Groups, type Readable, type Source } from "./observable.js";
import { idOf, privateSpace, type Change, type Mutation } from "./protocol.js";

/** A record as it is shown. */
export interface Row<K extends Kind = Kind> {
  readonly id: string;
  readonly kind: K;
  readonly space: string;
  readonly seq: number;
  readonly first_seq: number; // larger than any other for a row that only this phone has
  readonly author: string;
  readonly at?: string;
  readonly data: Kinds[K];
  readonly pending: boolean; // a waiting mutation makes or changes it
  readonly stored: boolean; // the server has it, perhaps in an older form
  readonly mine: boolean;
}

/** Which records to show: those of a kind, in the order of their `first_seq`. */
export interface Query<K extends Kind> {
  readonly kind: K;
  readonly space?: string; // all spaces that are not hidden if left out
  readonly last?: number; // only the newest ones
  readonly where?: (row: Row<K>) => boolean;
}

/** How far a message of the user has come. */
export type MessageState = "here" | "with us" | "on their phone" | "read";

/** A shared space that the user is in. */
export interface Place {
  readonly space: string;
  readonly member: string; // the user's identity in this space
  readonly role: string;
}

type Stored = Change | Row; // a record from the server, or a row that is made already

const NOWHERE_ELSE = Number.MAX_SAFE_INTEGER; // the first_seq of rows that only this phone has
const MOST_FOUND = 100;

export class View implements Source, Shown {
  version = 0;
  readonly #image: Image;
  readonly #guesses: Readonly<Record<string, Guess>>;
  readonly #listeners = new Set<(groups: Groups) => void>();
  #guessed: Map<string, Map<string, Row | null>> | null = null; // {group: {id: row, or null if it is deleted}}
  #guessing: Map<string, Map<string, Row | null>> | null = null; // while guesses are made

  constructor(database: Database, guesses: Readonly<Record<string, Guess>>) {
    this.#image = database.image;
    this.#guesses = guesses;
    database.listen((written) => this.#change(written));
  }

  watch(listener: (groups: Groups) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  get user(): string {
    return this.#image.state("account")?.user ?? "";
  }

  query<K extends Kind>(asked: Query<K>): Readable<Row<K>[]> {
    return this.computed(() => this.rows(asked), asked);
  }

  /** Return a value that is computed anew when records have changed: those of a kind, or any. */
  computed<T>(compute: () => T, about?: { kind: string; space?: string }): Readable<T> {
    const isTouched = (groups: Groups) => groups === null || !about || [...groups].some((group) => isOf(group, about));
    return new Computed(this, compute, isTouched);
  }

  /** Return rows in their order: those of the server by `first_seq`, then those that are only here. */
  rows<K extends Kind>({ kind, space, last, where }: Query<K>): Row<K>[] {
    const spaces = space === undefined ? this.#spacesWith(kind) : [space];
    const found = spaces.flatMap((one) => this.#group(one, kind)).sort((one, other) => one.first_seq - other.first_seq);
    const newest = <T>(some: T[]) => (last === undefined ? some : some.slice(-last));
    const members = new Map(spaces.map((one) => [one, this.member(one)]));
    const wanted = where === undefined ? newest(found) : found; // first cut to the newest, so that no other row is made
    const rows = wanted.map((one) => asRow(one, members.get(one.space))) as Row<K>[];
    return where === undefined ? rows : newest(rows.filter(where));
  }

  row<K extends Kind>(kind: K, id: string, space: string): Row<K> | undefined {
    if (this.isHidden(space)) return undefined;
    const guessed = this.#waitingRows().get(groupOf(space, kind))?.get(id);
    if (guessed !== undefined) return (guessed ?? undefined) as Row<K> | undefined;
    const record = this.#image.record(space, kind, id);
    return record === undefined || record.deleted ? undefined : (asRow(record, this.member(space)) as Row<K>);
  }

  /** Return the user's member in a space. */
  member(space: string): string | undefined {
    if (space === privateSpace(this.user)) return this.user;
    const membership = this.#image.record(privateSpace(this.user), "membership", idOf(space));
    return (membership?.data as { member?: string } | undefined)?.member;
  }

  record(space: string, kind: string, id: string): Change | undefined {
    return this.row(kind as Kind, id, space);
  }

  records(kind: string, space?: string): Iterable<Change> {
    return this.rows({ kind: kind as Kind, ...(space !== undefined && { space }) });
  }

  /** Return the shared spaces of the user, without those that a block hides, even a block that is still to be sent. */
  places(): Place[] {
    return this.rows({ kind: "membership", space: privateSpace(this.user) })
      .map(({ data }) => data as unknown as Place)
      .filter(({ space }) => space.startsWith("pair:") && !this.isHidden(space));
  }

  /** Tell whether a space must not be shown: it was blocked here or on another phone, or left. */
  isHidden(space: string): boolean {
    const own = privateSpace(this.user);
    if (space === own) return false;
    const membership = this.#image.record(own, "membership", idOf(space));
    if (membership === undefined || membership.deleted) return true;
    const waiting = this.#image.outbox.filter(({ name, args }) => BLOCKS.has(name) && (args as any).space === space);
    return waiting.at(-1)?.name === "block.set";
  }

  /** Return how far a message of the user has come, as far as the pairing shows it; undefined for those of others. */
  state(message: Row<"message">): MessageState | undefined {
    if (!message.mine) return undefined;
    if (!message.stored) return "here";
    const receipts = this.rows({ kind: "receipt", space: message.space }).filter(({ id }) => id !== message.author);
    const reached = (field: string) => receipts.some(({ data }) => ((data as any)[field] ?? 0) >= message.first_seq);
    return reached("read") ? "read" : reached("delivered") ? "on their phone" : "with us";
  }

  /** Return how many messages of others are past the user's read position. */
  unread(space: string): number {
    const read = this.position(space, "read");
    const member = this.member(space);
    return this.#group(space, "message").filter(({ author, first_seq }) => author !== member && first_seq > read).length;
  }

  /** Return the `first_seq` up to which the user has received or read a space. */
  position(space: string, field: "delivered" | "read"): number {
    const position = this.row("position", idOf(space), privateSpace(this.user));
    return ((position?.data as Record<string, number> | undefined)?.[field] ?? 0) as number;
  }

  /** Return notes, then messages that contain a text: at most `limit` of each, newest first. Case and accents do not matter. */
  search(text: string, { space, limit = MOST_FOUND }: { space?: string; limit?: number } = {}): Row[] {
    const wanted = folded(text);
    if (wanted === "") return [];
    const sentAt = ({ data }: Row): number => (space === undefined && (data as any).sent_at) || 0; // one space has an order
    return (["note", "message"] as const).flatMap((kind): Row[] => {
      const rows: Row[] = this.rows({ kind, ...(space !== undefined && { space }) });
      const found = rows.filter(({ data }) => TEXTS.some((name) => folded((data as any)[name] ?? "").includes(wanted)));
      return found.reverse().sort((one, other) => sentAt(other) - sentAt(one)).slice(0, limit);
    });
  }

  /** Return the records of a kind in a space. Optimistic rows replace the records that they change. */
  #group(space: string, kind: string): Stored[] {
    if (this.isHidden(space)) return [];
    const guessed = this.#waitingRows().get(groupOf(space, kind));
    const found: Stored[] = [];
    for (const record of this.#image.groups.get(groupOf(space, kind))?.values() ?? []) {
      if (!record.deleted && !guessed?.has(record.id)) found.push(record);
    }
    for (const row of guessed?.values() ?? []) if (row !== null) found.push(row);
    return found;
  }

  #spacesWith(kind: string): string[] {
    const groups = new Set([...this.#image.groups.keys(), ...this.#waitingRows().keys()]);
    return [...groups].filter((group) => group.endsWith(` ${kind}`)).map((group) => group.slice(0, group.indexOf(" ")));
  }

  /** Return the optimistic rows of all waiting mutations. */
  #waitingRows(): ReadonlyMap<string, ReadonlyMap<string, Row | null>> {
    if (this.#guessing !== null) return this.#guessing;
    return (this.#guessed ??= this.#guess(new Map(), this.#image.outbox));
  }

  /** Add the optimistic rows of more mutations to `rows`, and return it. */
  #guess(rows: Map<string, Map<string, Row | null>>, mutations: readonly Mutation[]): Map<string, Map<string, Row | null>> {
    this.#guessing = rows;
    try {
      for (const mutation of mutations) for (const one of guess(mutation, this, this.#guesses)) this.#put(one);
    } finally {
      this.#guessing = null; // the app's own guesses may throw
    }
    return rows;
  }

  /** Return the mutation that a write has put at the end of the outbox, if it wrote nothing else but the clock. */
  #appended(writes: Written["writes"]): Mutation | undefined {
    const last = this.#image.outbox.at(-1);
    const isOther = writes?.some(({ table, key, value }) => (table === "outbox" ? value !== last : key !== "clock")) ?? true;
    return isOther || !writes!.some(({ table }) => table === "outbox") ? undefined : last;
  }

  #put({ space, kind, id, data }: Guessed): void {
    const group = groupOf(space, kind);
    const rows = this.#guessing!.get(group) ?? new Map<string, Row | null>();
    this.#guessing!.set(group, rows);
    const before = this.row(kind as Kind, id, space);
    if (data === null) rows.set(id, null);
    else if (before !== undefined) rows.set(id, { ...before, data: { ...before.data, ...data } as Row["data"], pending: true });
    else {
      const author = this.member(space) ?? this.user;
      const bare = { id, kind: kind as Kind, space, seq: 0, first_seq: NOWHERE_ELSE, author, data: data as Row["data"] };
      rows.set(id, { ...bare, pending: true, stored: false, mine: true });
    }
  }

  #change({ writes }: Written): void {
    this.version += 1;
    const before = this.#guessed;
    const touched = writes !== null && !writes.some(({ table, key }) => table === "state" && key === "account");
    const groups = touched ? new Set(writes.filter(({ table }) => table === "records").map(({ key }) => groupIn(key))) : null;
    const next = before === null ? undefined : this.#appended(writes);
    this.#guessed = next === undefined ? null : this.#guess(before!, [next]); // guess only the new one
    if (groups !== null) for (const group of [...(before?.keys() ?? []), ...this.#waitingRows().keys()]) groups.add(group);
    const all = groups !== null && [...groups].some((group) => group.endsWith(" membership") || group.endsWith(" block"));
    for (const listener of this.#listeners) listener(all ? null : groups);
  }
}

const BLOCKS = new Set(["block.set", "block.lift"]);
const TEXTS = ["text", "title", "body"];

/** Return a record as the row that is shown to a member. */
function asRow(record: Stored, member: string | undefined): Row {
  if ("mine" in record) return record;
  const { author = "", data = {} } = record;
  return { ...record, author, data: data as Row["data"], pending: false, stored: true, mine: author === member };
}

function isOf(group: string, { kind, space }: { kind: string; space?: string }): boolean {
  return space === undefined ? group.endsWith(` ${kind}`) : group === groupOf(space, kind);
}

function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
