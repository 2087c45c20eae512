// Checks the laws of a store of @beside/client on every kind of store: prints {store: {law: true, or what broke it}}.
//
//   node laws.mjs FOLDER        where the files of SQLite are made

import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { openIndexedDB } from "../../client/dist/indexeddb.js";
import { SQLiteStore } from "../../client/dist/sqlite.js";
import { MemoryStore, TABLES } from "../../client/dist/store.js";
import { openDatabase } from "./expo.mjs";
import "./stores.mjs";

const [folder] = process.argv.slice(2);
let made = 0;

/** For each kind of store: how it is made empty, and how it is opened again on the same rows. */
const STORES = {
  memory: async () => {
    const store = new MemoryStore();
    return { store, again: async () => store };
  },
  indexeddb: async () => {
    const name = `laws${(made += 1)}`;
    return { store: await openIndexedDB(name), again: () => openIndexedDB(name), fails: failingIndexedDB };
  },
  sqlite: async () => {
    const path = join(mkdtempSync(join(folder, "laws")), "beside.db");
    const database = { between: () => {} };
    const store = new SQLiteStore(openDatabase(path, (sql) => database.between(sql)));
    return { store, again: async () => (await store.close(), new SQLiteStore(openDatabase(path))), fails: failingSQLite(database) };
  },
};

const write = (table, key, value) => ({ table, key, value });
const rows = async (store) => {
  const snapshot = await store.load();
  return Object.fromEntries([...snapshot.rows].map(([table, some]) => [table, Object.fromEntries(some)]));
};
const EMPTY = Object.fromEntries(TABLES.map((table) => [table, {}]));
const VALUE = { text: "🫂", list: [1, null, { deep: true }], nothing: null };

const LAWS = {
  "a new store is empty": async ({ store }) => {
    assert.equal((await store.load()).revision, 0);
    assert.deepEqual(await rows(store), EMPTY);
    assert.equal(await store.get("state", "account"), undefined);
  },
  "what was written is read, as it was written": async ({ store }) => {
    assert.equal(await store.write(TABLES.map((table) => write(table, "one", VALUE)), 0), true);
    assert.deepEqual(await rows(store), Object.fromEntries(TABLES.map((table) => [table, { one: VALUE }])));
    assert.deepEqual(await store.get("outbox", "one"), VALUE);
    assert.equal((await store.load()).revision, 1);
  },
  "a later write changes and deletes rows": async ({ store }) => {
    await store.write([write("records", "a", 1), write("records", "b", 2)], 0);
    await store.write([write("records", "a", 3), write("records", "b", undefined), write("records", "none", undefined)], 1);
    assert.deepEqual((await rows(store)).records, { a: 3 });
  },
  "records have places, and go from one to another": async ({ store }) => {
    const record = (id, value, place) => ({ ...write("records", `s message ${id}`, value), place });
    const far = 100_000;
    await store.write([record("a", 1, 0), record("b", 2, 1), record("c", 3, 70), record("d", 4, far)], 0);
    await store.write([record("a", undefined, 0), record("a", 5, far), record("b", undefined, 1), record("c", 6, 70)], 1);
    assert.deepEqual((await rows(store)).records, { "s message a": 5, "s message c": 6, "s message d": 4 });
    await store.write([record("a", undefined, far), record("c", undefined, 70), record("d", undefined, far)], 2);
    assert.deepEqual((await rows(store)).records, {});
  },
  "who has not seen the newest revision writes nothing": async ({ store }) => {
    await store.write([write("state", "a", 1)], 0);
    assert.equal(await store.write([write("state", "a", 2), write("outbox", "b", 3)], 0), false);
    assert.equal(await store.write([write("state", "a", 2)], 5), false);
    assert.deepEqual(await rows(store), { ...EMPTY, state: { a: 1 } });
    assert.equal((await store.load()).revision, 1);
  },
  "of many who write at once with one revision, one does": async ({ store }) => {
    const tries = Array.from({ length: 20 }, (_, number) => store.write([write("state", "a", number)], 0));
    const done = (await Promise.all(tries)).map((isDone, number) => [isDone, number]).filter(([isDone]) => isDone);
    assert.equal(done.length, 1);
    assert.equal(await store.get("state", "a"), done[0][1]);
  },
  "a write without rows raises the revision": async ({ store }) => {
    assert.equal(await store.write([], 0), true);
    assert.equal((await store.load()).revision, 1);
  },
  "a write that fails leaves everything as it was": async ({ store, fails }) => {
    await store.write([write("records", "a", 1)], 0);
    if (fails === undefined) return; // a store in memory does not fail
    const restore = fails();
    await assert.rejects(store.write([write("records", "a", 2), write("outbox", "b", 3), write("state", "c", 4)], 1));
    restore();
    assert.deepEqual(await rows(store), { ...EMPTY, records: { a: 1 } });
    assert.equal(await store.write([write("records", "a", 5)], 1), true);
  },
  "what was written is there when the store is opened again": async ({ store, again }) => {
    await store.write([write("outbox", "a", VALUE)], 0);
    const opened = await again();
    assert.deepEqual((await rows(opened)).outbox, { a: VALUE });
    assert.equal(await opened.write([write("outbox", "a", undefined)], 1), true);
    assert.deepEqual(await rows(opened), EMPTY);
  },
};

function failingIndexedDB() {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (value, key) {
    if (key === "c") throw new DOMException("full", "QuotaExceededError");
    return put.call(this, value, key);
  };
  return () => (IDBObjectStore.prototype.put = put);
}

function failingSQLite(database) {
  return () => {
    let statements = 0;
    database.between = () => {
      if ((statements += 1) === 4) throw new Error("the disk is full");
    };
    return () => (database.between = () => {});
  };
}

const found = {};
for (const [kind, make] of Object.entries(STORES)) {
  found[kind] = {};
  for (const [law, holds] of Object.entries(LAWS)) {
    found[kind][law] = await make().then(holds).then(() => true, (error) => `${error.stack}`);
  }
}
console.log(JSON.stringify(found));
process.exit();
