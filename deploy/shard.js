// Lays Beside's collections out over the shards of a MongoDB cluster:
//
//   mongosh "mongodb://HOST:27017/beside" shard.js     # HOST runs mongos
//
// Run it before the first worker starts, or later. Run it again after you have added a shard. What is already as it
// should be is left alone. It reads three environment variables:
//
//   SHARDS          the shards to add, NAME=SET/HOST:PORT, separated by commas. Empty: add none, because the cluster
//                   has its shards. Not set: the shards of compose.sharded.yaml
//   LEAVING         names of shards that you want to remove, separated by commas. They get no range, so that
//                   removeShard is allowed
//   MONGO_PASSWORD  the password of the user `root`. Not set: mongosh is already signed in, or need not be

const SHARDS = process.env.SHARDS ?? "shard0=shard0/shard0:27017,shard1=shard1/shard1:27017";
const LEAVING = (process.env.LEAVING ?? "").split(",");
const OLDEST = 7; // MongoDB 6 acknowledges a transaction before all its shards show it

// Most are found by `_id`. Hashed: ids of one minute do not all go to one shard.
// A space is never split, so `_id` of a record, which begins with the space, stays unique; so does (space, seq).
const KEYS = {
  records: { space: "hashed" },
  spaces: { _id: "hashed" },
  ledger: { _id: "hashed" },
  devices: { _id: "hashed" },
  refresh_tokens: { _id: "hashed" },
};
// All other collections stay whole, on one shard: a handle has to be unique among all users.

// A space has the same name in both collections, and the same string has the same hash. Each shard has one range of
// hashes, and the range is the same in both: a space's head and its records are always on one shard.
const TOGETHER = ["records", "spaces"];

const name = db.getName();
const config = db.getSiblingDB("config");

function refuse(sentence) {
  print(sentence);
  quit(1);
}

/** Return the key by which a collection is sharded, or null. */
function keyOf(collection) {
  const entry = config.getCollection("collections").findOne({ _id: `${name}.${collection}` });
  return entry === null || entry.unsplittable ? null : entry.key; // unsplittable: whole, but moved to another shard
}

/** Return n + 1 boundaries of n equal ranges of hashes, which are signed numbers of 64 bits. */
function boundaries(n) {
  const inner = [];
  for (let i = 1; i < n; i++) inner.push(NumberLong(String((BigInt(i) << 64n) / BigInt(n) - (1n << 63n))));
  return [MinKey(), ...inner, MaxKey()];
}

/** Return a boundary as text: the same text for the same boundary, wherever it comes from. */
function text(boundary) {
  return ["MinKey", "MaxKey"].includes(boundary._bsontype) ? boundary._bsontype : String(boundary);
}

/** Return the ranges of a collection that are stored, in order. */
function stored(collection) {
  const [field] = Object.keys(KEYS[collection]);
  const tags = config.getCollection("tags").find({ ns: `${name}.${collection}` }).sort({ min: 1 }).toArray();
  return tags.map((tag) => ({ min: tag.min[field], max: tag.max[field], zone: tag.tag, found: tag }));
}

function same(one, other) {
  return text(one.min) === text(other.min) && text(one.max) === text(other.max) && one.zone === other.zone;
}

// 1. Are these the right server, and collections that may be laid out like this?

if (process.env.MONGO_PASSWORD) db.getSiblingDB("admin").auth("root", process.env.MONGO_PASSWORD);

if (db.hello().msg !== "isdbgrid") refuse("This is no mongos. Connect to a mongos of the sharded cluster.");
if (Number(db.version().split(".")[0]) < OLDEST) {
  refuse(`This mongos is version ${db.version()}. A sharded cluster needs MongoDB ${OLDEST} or later.`);
}

let wrong = 0;
for (const [collection, key] of Object.entries(KEYS)) {
  const present = keyOf(collection);
  if (present === null || JSON.stringify(present) === JSON.stringify(key)) continue;
  print(`${name}.${collection} is sharded by ${JSON.stringify(present)}. Beside needs ${JSON.stringify(key)}.`);
  print(`  Change it: sh.reshardCollection("${name}.${collection}", ${JSON.stringify(key)})`);
  wrong++;
}
if (wrong > 0) refuse("Nothing was changed. Resharding copies the collection. Run this script again after it.");

// 2. The shards.

for (const entry of SHARDS.split(/,(?=[^,=]+=)/).filter(Boolean)) {
  const [id, host] = entry.split("=");
  const shards = db.adminCommand({ listShards: 1 }).shards;
  if (!shards.some((shard) => shard._id === id)) db.adminCommand({ addShard: host, name: id });
}
const shards = db
  .adminCommand({ listShards: 1 })
  .shards.filter((shard) => !shard.draining && !LEAVING.includes(shard._id))
  .sort((one, other) => one._id.localeCompare(other._id, "en", { numeric: true }));
if (shards.length === 0) refuse("The cluster has no shard to use. Name the shards to add in SHARDS.");

// 3. The ranges of hashes, before the collections are sharded: an empty collection is then laid out like this at once.
// If it holds something already, or a shard was added, the balancer moves it to its place. Meanwhile all is correct,
// only slower.

const edges = boundaries(shards.length);
const wanted = shards.map((shard, i) => ({ min: edges[i], max: edges[i + 1], zone: `${name}-${shard._id}` }));

for (const shard of shards) {
  const zone = `${name}-${shard._id}`;
  if (!(shard.tags ?? []).includes(zone)) sh.addShardToZone(shard._id, zone);
}
for (const collection of TOGETHER) {
  const namespace = `${name}.${collection}`;
  const [field] = Object.keys(KEYS[collection]);
  const present = stored(collection);
  for (const range of present) {
    if (!wanted.some((one) => same(one, range))) sh.removeRangeFromZone(namespace, range.found.min, range.found.max);
  }
  for (const range of wanted) {
    if (present.some((one) => same(one, range))) continue;
    sh.updateZoneKeyRange(namespace, { [field]: range.min }, { [field]: range.max }, range.zone);
  }
}

// 4. The collections. If a worker has started, they may hold something: then MongoDB does not make the index of the key.

for (const [collection, key] of Object.entries(KEYS)) {
  if (keyOf(collection) !== null) continue;
  if (collection === "records") db.getCollection(collection).createIndex({ space: 1, seq: 1 }, { unique: true });
  db.getCollection(collection).createIndex(key);
  sh.shardCollection(`${name}.${collection}`, key);
}

// 5. What there is now.

for (const collection of Object.keys(KEYS)) {
  print(`${name}.${collection} is sharded by ${JSON.stringify(keyOf(collection))}.`);
  for (const range of stored(collection)) print(`  ${range.zone}: ${text(range.min)} to ${text(range.max)}`);
}
