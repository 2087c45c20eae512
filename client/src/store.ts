/** The storage of a phone. Any database that writes several rows atomically can implement it. */

/** `records`: the replica. `outbox`: mutations without an outcome. `refused`: those with a final no. `state`: the rest. */
export type Table = "records" | "outbox" | "refused" | "state";
export const TABLES: readonly Table[] = ["records", "outbox", "refused", "state"];

/** Return the group of a record, `<space> <kind>`, from its key, `<space> <kind> <id>`. */
export function groupIn(key: string): string {
  return key.slice(0, key.lastIndexOf(" "));
}

/** One row to write: a value that JSON can hold, or undefined, which deletes the row. */
export interface Write {
  readonly table: Table;
  readonly key: string;
  readonly value: unknown;
  readonly place?: number | undefined; // the `first_seq` of a record, by which a store may keep records together
}

/** Everything that is stored, as of one moment. */
export interface Snapshot {
  readonly revision: number; // of the whole database: the number of writes so far
  readonly rows: ReadonlyMap<Table, ReadonlyMap<string, unknown>>;
}

/**
 * A database, which several tabs or processes may share. Each holds a copy of it in memory, and `revision` keeps the
 * copies equal (optimistic locking): a write names the revision that its tab has, and fails if that is not the newest.
 */
export interface Store {
  /** Return everything that is stored. */
  load(): Promise<Snapshot>;

  /** Return one row of another table than `records`, as it is stored now, or undefined. */
  get(table: Exclude<Table, "records">, key: string): Promise<unknown>;

  /**
   * Write all rows and raise the revision by one, in one transaction: everything is stored, or nothing. Writes nothing
   * and returns false if the stored revision is not `revision`. Throws if the database fails, for example if it is full.
   */
  write(writes: readonly Write[], revision: number): Promise<boolean>;

  /** Close the database. */
  close(): Promise<void>;
}

/** A store in memory, which is lost with the page or the process. */
export class MemoryStore implements Store {
  #revision = 0;
  readonly #rows = new Map(TABLES.map((table) => [table, new Map<string, unknown>()]));

  async load(): Promise<Snapshot> {
    return { revision: this.#revision, rows: new Map([...this.#rows].map(([table, rows]) => [table, new Map(rows)])) };
  }

  async get(table: Table, key: string): Promise<unknown> {
    return this.#rows.get(table)!.get(key);
  }

  async write(writes: readonly Write[], revision: number): Promise<boolean> {
    if (revision !== this.#revision) return false;
    for (const { table, key, value } of writes) {
      if (value === undefined) this.#rows.get(table)!.delete(key);
      else this.#rows.get(table)!.set(key, value);
    }
    this.#revision += 1;
    return true;
  }

  async close(): Promise<void> {}
}
