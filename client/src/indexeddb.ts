/** A store in a browser's IndexedDB: all tabs and the service worker of an origin share it. */

import { TABLES, type Snapshot, type Store, type Table, type Write } from "./store.js";

const REVISION = "revision"; // the key of the revision, in a table of its own
const META = "meta";
const DURABLE: readonly Table[] = ["outbox", "refused"]; // what nobody else has: on the disk before it counts as stored

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
      const rows = transaction.objectStore(table);
      const [keys, values] = await Promise.all([answer(rows.getAllKeys()), answer<unknown[]>(rows.getAll())]);
      return [table, new Map(keys.map((key, index) => [key as string, values[index]]))] as const;
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
      for (const { table, key, value } of writes) {
        const rows = transaction.objectStore(table);
        if (value === undefined) rows.delete(key);
        else rows.put(value, key);
      }
    };
    return new Promise((done, failed) => {
      transaction.oncomplete = () => done(isNewest);
      transaction.onabort = () => failed(transaction.error ?? new Error("The database was closed while it wrote."));
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** Begin a transaction. Browsers close the databases of pages in the background: such a one is opened again. */
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

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function opened(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => {
    for (const table of [...TABLES, META]) opening.result.createObjectStore(table);
  };
  const database = await answer(opening);
  database.onversionchange = () => database.close(); // a later version of the app wants to open it
  return database;
}
