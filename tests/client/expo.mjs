// A database of node-sqlite3-wasm in the shape of expo-sqlite's: what React Native gives the store of @beside/client.

import { rmSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../client/package.json", import.meta.url));
const { Database } = require("node-sqlite3-wasm");

/** Open a file. `between(sql)` is called before each statement: a test may let the process die there. */
export function openDatabase(path, between = () => {}) {
  rmSync(`${path}.lock`, { recursive: true, force: true }); // of a process that was killed: a lock of the system ends with it
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
