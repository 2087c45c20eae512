// An app without any sync code: RxDB 16 and `replicateServer` of rxdb-server, as their documentation has it.
// Usage: node replica.mjs ADDRESS TOKEN [VERSION]; then a JSON line {id, do, ...} on stdin for each wish.

import { createInterface } from "node:readline";
import { addRxPlugin, createRxDatabase } from "rxdb";
import { RxDBMigrationSchemaPlugin } from "rxdb/plugins/migration-schema";
import { RxDBUpdatePlugin } from "rxdb/plugins/update";
import { getRxStorageMemory } from "rxdb/plugins/storage-memory";
import { wrappedValidateAjvStorage } from "rxdb/plugins/validate-ajv";
import { replicateServer } from "rxdb-server/plugins/replication-server";

addRxPlugin(RxDBUpdatePlugin);
addRxPlugin(RxDBMigrationSchemaPlugin);
console.log = console.debug = console.dir = console.error; // stdout is for answers
const [address, token, version = "3"] = process.argv.slice(2);
const adapter = `${address}/api/v1/adapters/rxdb`;
const headers = { Authorization: `Bearer ${token}` };

const { collections } = await (await fetch(`${adapter}/schemas`, { headers })).json();
const storage = wrappedValidateAjvStorage({ storage: getRxStorageMemory() });
const database = await createRxDatabase({ name: "app", storage, multiInstance: false });
const opened = {};
for (const name of ["message", "note", "profile", "pairing", "membership", "position"]) {
  opened[name] = { ...collections[name], migrationStrategies: { 1: (document) => document } };
}
await database.addCollections(opened);

const signs = [];
const replications = Object.values(database.collections).map((collection) => {
  const state = replicateServer({
    url: `${adapter}/${collection.name}/${version}`,
    headers,
    collection,
    replicationIdentifier: "beside",
    live: true,
    pull: {},
    push: {},
  });
  for (const sign of ["unauthorized", "outdatedClient", "forbidden"]) {
    state[`${sign}$`].subscribe(() => signs.push(sign));
  }
  state.error$.subscribe((error) => signs.push(error.code));
  return state;
});

const wishes = {
  insert: async ({ collection, row }) => (await database[collection].insert(row)).id,
  patch: async ({ collection, row, fields }) =>
    void (await (await database[collection].findOne(row).exec()).incrementalPatch(fields)),
  remove: async ({ collection, row }) => void (await (await database[collection].findOne(row).exec()).incrementalRemove()),
  rows: async ({ collection }) => (await database[collection].find().exec()).map((row) => row.toJSON()),
  signs: () => [...new Set(signs)],
  stopped: () => replications.every((state) => state.isStopped()),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: name, ...wish } = JSON.parse(line);
  Promise.resolve()
    .then(() => wishes[name](wish))
    .then((answer = null) => ({ id, answer }))
    .catch((error) => ({ id, error: String(error) }))
    .then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
}
