// The stores of the phones of driver.mjs: in memory, in IndexedDB (by fake-indexeddb), or in a file of SQLite.

import { createRequire } from "node:module";
import { openIndexedDB } from "../../client/dist/indexeddb.js";
import { SQLiteStore } from "../../client/dist/sqlite.js";
import { MemoryStore } from "../../client/dist/store.js";
import { openDatabase } from "./expo.mjs";

const require = createRequire(new URL("../../client/package.json", import.meta.url));
require("fake-indexeddb/auto");

const KINDS = {
  memory: async () => new MemoryStore(),
  indexeddb: (name) => openIndexedDB(name),
  sqlite: async (_, path, between) => new SQLiteStore(openDatabase(path, between)),
};

/**
 * Return a store of kind "memory", "indexeddb", or "sqlite:" and the path of a file. With SQLite, this process is
 * killed before statement number `kill`; 0: never.
 */
export function openStore(kind, name, kill = 0) {
  const [which, path] = kind.split(/:(.*)/s);
  let statements = 0;
  return KINDS[which](name, path, () => {
    if ((statements += 1) === kill) process.kill(process.pid, "SIGKILL");
  });
}

/** A store that kills its phone at the `at`-th next write: before it, or right after it if `done`. */
export class Mortal {
  constructor(store, plan, die) {
    Object.assign(this, { store, plan, die });
  }

  load() {
    return this.store.load();
  }

  get(table, key) {
    return this.store.get(table, key);
  }

  async write(writes, revision) {
    const { plan } = this;
    if (plan === null || (plan.at -= 1) > 0) return this.store.write(writes, revision);
    if (plan.done) await this.store.write(writes, revision);
    this.die();
    return new Promise(() => {}); // the killed phone never gets a result
  }

  close() {
    return this.store.close();
  }
}
