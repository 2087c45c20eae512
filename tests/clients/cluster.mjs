// A small MongoDB cluster as deploy/shard.js sees it through mongosh. Runs the script on it, as often as asked, and
// prints what each run printed, its exit code, its changes in order, and the zones and shards after it.
//
//   node cluster.mjs SCRIPT '{"version": "8.0.4", "filled": ["beside.records"], "runs": [{"SHARDS": ""}]}'
//
// It refuses what a real cluster refuses: ranges that overlap, zones without a shard, a key without its index.

import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const [script, scenario] = process.argv.slice(2);
const given = JSON.parse(scenario);
const { msg = "isdbgrid", version = "8.0.4", shards = [], zones = [], sharded = {}, filled = [], runs } = given;
const source = readFileSync(script, "utf8");
const indexes = new Set();
let tags = zones.map(({ ns, field, range: [min, max, tag] }) => {
  return { ns, min: { [field]: boundary(min) }, max: { [field]: boundary(max) }, tag };
});
let changes;

class Quit extends Error {}

function bson(type, value) {
  return { _bsontype: type, value, toString: () => (value === undefined ? type : String(value)) };
}

function boundary(text) {
  return text === "MinKey" || text === "MaxKey" ? bson(text) : bson("Long", BigInt(text));
}

function place({ _bsontype, value }) {
  const ends = { MinKey: -(1n << 64n), MaxKey: 1n << 64n };
  return ends[_bsontype] ?? value;
}

function change(what, ...values) {
  changes.push([what, ...values.map((value) => JSON.parse(JSON.stringify(value, shown)))]);
}

function shown(_, value) {
  return value?._bsontype ? String(value) : value;
}

function must(holds, sentence) {
  if (!holds) throw new Error(sentence);
}

function edge(bound) {
  const values = Object.values(bound);
  must(values.length === 1, "a boundary has one field here");
  return place(values[0]);
}

function found(documents) {
  const ordered = () => [...documents].sort((a, b) => (edge(a.min) < edge(b.min) ? -1 : 1));
  return { sort: () => found(ordered()), toArray: () => documents };
}

const config = {
  collections: { findOne: ({ _id }) => (_id in sharded ? { _id, ...sharded[_id] } : null) },
  tags: { find: ({ ns }) => found(tags.filter((tag) => tag.ns === ns)) },
};

const admin = { auth: (user, password) => change("auth", user, password) };

const db = {
  getName: () => "beside",
  getSiblingDB: (other) => (other === "admin" ? admin : { getCollection: (collection) => config[collection] }),
  hello: () => ({ msg }),
  version: () => version,
  adminCommand(command) {
    if (command.listShards) return { shards: structuredClone(shards), ok: 1 };
    must(command.addShard && !shards.some(({ _id }) => _id === command.name), JSON.stringify(command));
    change("addShard", command.name, command.addShard);
    shards.push({ _id: command.name, host: command.addShard });
  },
  getCollection: (collection) => ({
    createIndex(keys, options = {}) {
      change("createIndex", collection, keys, options);
      indexes.add(JSON.stringify([`beside.${collection}`, keys]));
    },
  }),
};

const sh = {
  addShardToZone(shard, zone) {
    change("addShardToZone", shard, zone);
    const one = shards.find(({ _id }) => _id === shard);
    one.tags = [...(one.tags ?? []), zone];
  },
  updateZoneKeyRange(ns, min, max, zone) {
    change("updateZoneKeyRange", ns, min, max, zone);
    must(shards.some((shard) => shard.tags?.includes(zone)), `no shard is in zone ${zone}`);
    must(edge(min) < edge(max), "a range ends after its beginning");
    const over = tags.filter((tag) => tag.ns === ns && edge(tag.min) < edge(max) && edge(min) < edge(tag.max));
    must(over.length === 0, "the range overlaps another one");
    tags.push({ ns, min, max, tag: zone });
  },
  removeRangeFromZone(ns, min, max) {
    change("removeRangeFromZone", ns, min, max);
    const rest = tags.filter((tag) => tag.ns !== ns || edge(tag.min) !== edge(min) || edge(tag.max) !== edge(max));
    must(rest.length === tags.length - 1, "there is no such range");
    tags = rest;
  },
  shardCollection(ns, key) {
    change("shardCollection", ns, key);
    must(!(ns in sharded && !sharded[ns].unsplittable), `${ns} is already sharded`);
    must(!filled.includes(ns) || indexes.has(JSON.stringify([ns, key])), `create an index on the key of ${ns} first`);
    sharded[ns] = { key };
  },
};

function NumberLong(digits) {
  must(typeof digits === "string" && /^-?\d+$/.test(digits), `NumberLong of ${digits}`);
  must(BigInt.asIntN(64, BigInt(digits)) === BigInt(digits), `${digits} has more than 64 bits`);
  return boundary(digits);
}

const done = runs.map(({ draining = [], ...env }) => {
  changes = [];
  const printed = [];
  let code = 0;
  for (const shard of shards) shard.draining = draining.includes(shard._id);
  const quit = (status) => {
    code = status;
    throw new Quit();
  };
  const shell = { db, sh, quit, NumberLong, process: { env }, print: (line) => printed.push(line) };
  shell.MinKey = () => bson("MinKey");
  shell.MaxKey = () => bson("MaxKey");
  try {
    runInNewContext(source, shell);
  } catch (error) {
    if (!(error instanceof Quit)) throw error;
  }
  const left = JSON.parse(JSON.stringify(found(tags).sort().toArray(), shown));
  return { printed, code, changes, zones: left, shards: structuredClone(shards) };
});
console.log(JSON.stringify({ runs: done, sharded }));
