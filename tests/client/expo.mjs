// A database of node-sqlite3-wasm with the interface of expo-sqlite, which React Native gives to SQLiteStore.

import { rmSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../client/package.json", import.meta.url));
const { Database } = require("node-sqlite3-wasm");

/** Open a file. `between(sql)` is called before each statement, where a test may kill the process. */
export function openDatabase(path, between = () => {}) {
  rmSync(`${path}.lock`, { recursive: true, force: true }); // left by a killed process, unlike a lock of the system
  const database = new Database(path);
  let turn = Promise.resolve();
  const alone = (work) => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };
  const queries = {
    runAsync: async (sql, values) => (between(sql), database.run(sql, values)),
    getAllAsync: async (sql, values) => (between(sql), database.all(sql, values)),
  };
  return {
    execAsync: (sql) => alone(() => database.exec(sql)),
    runAsync: (sql, values) => alone(() => queries.runAsync(sql, values)),
    getAllAsync: (sql, values) => alone(() => queries.getAllAsync(sql, values)),
    withExclusiveTransactionAsync: (task) =>
      alone(async () => {
        database.exec("BEGIN EXCLUSIVE");
        try {
          await task(queries);
          between("COMMIT");
          database.exec("COMMIT");
        } catch (error) {
          database.exec("ROLLBACK");
          throw error;
        }
      }),
    closeAsync: () => alone(() => database.close()),
  };
}
