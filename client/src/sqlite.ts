/** A store in SQLite, for React Native: `new SQLiteStore(await openDatabaseAsync("beside.db"))` with expo-sqlite. */

import { TABLES, type Snapshot, type Store, type Table, type Write } from "./store.js";

type Value = string | number | null;

/** What the store needs of a connection: a part of expo-sqlite's `SQLiteDatabase`. */
export interface SQLiteQueries {
  runAsync(sql: string, values: Value[]): Promise<unknown>;
  getAllAsync<T>(sql: string, values: Value[]): Promise<T[]>;
}

/** What the store needs of a database: a part of expo-sqlite's `SQLiteDatabase`. */
export interface SQLiteDatabase extends SQLiteQueries {
  execAsync(sql: string): Promise<void>;
  withExclusiveTransactionAsync(task: (transaction: SQLiteQueries) => Promise<void>): Promise<void>;
  closeAsync(): Promise<void>;
}

interface Row {
  of: Table;
  name: string;
  value: string;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS beside (of TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (of, name)) WITHOUT ROWID;
`;
const META = "meta"; // one more table than a store has, for the revision
const READ = "SELECT of, name, value FROM beside";
const PUT = "INSERT INTO beside VALUES (?, ?, ?) ON CONFLICT (of, name) DO UPDATE SET value = excluded.value";
const DELETE = "DELETE FROM beside WHERE of = ? AND name = ?";

export class SQLiteStore implements Store {
  readonly #database: SQLiteDatabase;
  readonly #ready: Promise<void>;

  constructor(database: SQLiteDatabase) {
    this.#database = database;
    this.#ready = database.execAsync(SCHEMA);
  }

  async load(): Promise<Snapshot> {
    await this.#ready;
    const stored = await this.#database.getAllAsync<Row>(READ, []); // one statement, so that all rows are of one moment
    const rows = new Map(TABLES.map((table) => [table, new Map<string, unknown>()]));
    for (const { of, name, value } of stored) rows.get(of)?.set(name, JSON.parse(value));
    return { revision: Number(stored.find(({ of }) => (of as string) === META)?.value ?? 0), rows };
  }

  async get(table: Table, key: string): Promise<unknown> {
    await this.#ready;
    const [row] = await this.#database.getAllAsync<Row>(`${READ} WHERE of = ? AND name = ?`, [table, key]);
    return row === undefined ? undefined : JSON.parse(row.value);
  }

  async write(writes: readonly Write[], revision: number): Promise<boolean> {
    await this.#ready;
    let isNewest = true;
    await this.#database.withExclusiveTransactionAsync(async (transaction) => {
      const [row] = await transaction.getAllAsync<Row>(`${READ} WHERE of = ?`, [META]);
      isNewest = Number(row?.value ?? 0) === revision;
      if (!isNewest) return;
      await transaction.runAsync(PUT, [META, "revision", String(revision + 1)]);
      for (const { table, key, value } of writes) {
        if (value === undefined) await transaction.runAsync(DELETE, [table, key]);
        else await transaction.runAsync(PUT, [table, key, JSON.stringify(value)]);
      }
    });
    return isNewest;
  }

  async close(): Promise<void> {
    await this.#database.closeAsync();
  }
}
