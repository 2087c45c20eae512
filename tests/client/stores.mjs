// The stores that the phones of driver.mjs have: in memory, in IndexedDB as fake-indexeddb has it, or in a file of SQLite.

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
 * Return a store: "memory", "indexeddb", or "sqlite:" and the path of a file. Before statement `kill` of SQLite this
 * process is killed; 0: never.
 */
export function openStore(kind, name, kill = 0) {
  const [which, path] = kind.split(/:(.*)/s);
  let statements = 0;
  return KINDS[which](name, path, () => {
    if ((statements += 1) === kill) process.kill(process.pid, "SIGKILL");
  });
}

/** A store that a phone dies with: before its next write but `at`, or right after it if that is `done`. */
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
    return new Promise(() => {}); // nobody is there any more to hear what came of it
  }

  close() {
    return this.store.close();
  }
}
