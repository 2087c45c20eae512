/**
 * A store in a browser's IndexedDB: all tabs and the service worker of an origin share it. Records are stored in packs:
 * one row holds the records of a group whose places are close, because a browser needs 0.1 ms for a row of any size.
 */

import { TABLES, groupIn, type Snapshot, type Store, type Table, type Write } from "./store.js";

const VERSION = 2; // 1 had a row for each record
const PACKED = 64; // places in a pack
const REVISION = "revision"; // the key of the revision, in a table of its own
const META = "meta";
const DURABLE: readonly Table[] = ["outbox", "refused"]; // no other copy exists: flushed to disk at once

type Pack = Map<string, unknown>; // {key: record}

/** Open the database of this name; throws where the browser gives none, as in some private windows. */
export async function openIndexedDB(name: string): Promise<Store> {
  return new IndexedDBStore(name, await opened(name));
}

class IndexedDBStore implements Store {
  readonly #name: string;
  #database: IDBDatabase;

  constructor(name: string, database: IDBDatabase) {
    this.#name = name;
    this.#database = database;
  }

  async load(): Promise<Snapshot> {
    const transaction = await this.#begin([...TABLES, META]);
    const revision = answer<number | undefined>(transaction.objectStore(META).get(REVISION));
    const tables = TABLES.map(async (table) => {
      const stored = transaction.objectStore(table);
      const [keys, values] = await Promise.all([answer(stored.getAllKeys()), answer<unknown[]>(stored.getAll())]);
      const isPacked = table === "records";
      const rows = values.flatMap((value, at) => (isPacked ? [...(value as Pack)] : [[keys[at] as string, value] as const]));
      return [table, new Map(rows)] as const;
    });
    return { revision: (await revision) ?? 0, rows: new Map(await Promise.all(tables)) };
  }

  async get(table: Table, key: string): Promise<unknown> {
    return answer((await this.#begin([table])).objectStore(table).get(key));
  }

  async write(writes: readonly Write[], revision: number): Promise<boolean> {
    const named = new Set(writes.map((write) => write.table));
    const durability = DURABLE.some((table) => named.has(table)) ? "strict" : "relaxed";
    const transaction = await this.#begin([...named, META], "readwrite", { durability });
    const meta = transaction.objectStore(META);
    let isNewest = true;
    const stored = meta.get(REVISION) as IDBRequest<number | undefined>;
    stored.onsuccess = () => {
      isNewest = (stored.result ?? 0) === revision;
      if (!isNewest) return;
      meta.put(revision + 1, REVISION);
      const packs = new Map<string, Write[]>();
      for (const write of writes) {
        const { table, key, value } = write;
        if (table === "records") packs.set(packOf(write), [...(packs.get(packOf(write)) ?? []), write]);
        else put(transaction.objectStore(table), key, value);
      }
      for (const [name, records] of packs) repack(transaction.objectStore("records"), name, records);
    };
    return new Promise((done, failed) => {
      transaction.oncomplete = () => done(isNewest);
      transaction.onabort = () => failed(transaction.error ?? new Error("The database was closed."));
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** Begin a transaction. Browsers close the databases of background pages; such a database is opened again. */
  async #begin(...how: Parameters<IDBDatabase["transaction"]>): Promise<IDBTransaction> {
    try {
      return this.#database.transaction(...how);
    } catch (error) {
      if ((error as Error).name !== "InvalidStateError") throw error;
      this.#database = await opened(this.#name);
      return this.#database.transaction(...how);
    }
  }
}

/** Return the name of the pack of a record. A record without a place has a pack of its own. */
function packOf({ key, place }: Write): string {
  return place === undefined ? key : `${groupIn(key)} ${Math.floor(place / PACKED)}`;
}

/** Write records into their pack. */
function repack(packs: IDBObjectStore, name: string, records: readonly Write[]): void {
  const stored = packs.get(name) as IDBRequest<Pack | undefined>;
  stored.onsuccess = () => {
    const pack: Pack = stored.result ?? new Map();
    for (const { key, value } of records) {
      if (value === undefined) pack.delete(key);
      else pack.set(key, value);
    }
    put(packs, name, pack.size === 0 ? undefined : pack);
  };
}

function put(rows: IDBObjectStore, key: string, value: unknown): void {
  if (value === undefined) rows.delete(key);
  else rows.put(value, key);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function opened(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, VERSION);
  opening.onupgradeneeded = ({ oldVersion }) => {
    if (oldVersion === 1) startOver(opening.transaction!);
    else for (const table of [...TABLES, META]) opening.result.createObjectStore(table);
  };
  const database = await answer(opening);
  database.onversionchange = () => database.close(); // a later version of the app wants to open it
  return database;
}

/** Drop all records and the cursors that count them as received, so that they are fetched again. The outbox stays. */
function startOver(transaction: IDBTransaction): void {
  transaction.objectStore("records").clear();
  for (const key of ["cursor", "positions", "seen", "arrived", "older"]) transaction.objectStore("state").delete(key);
}
