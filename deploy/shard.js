// Lays Beside's collections out over shards: `mongosh beside shard.js`, once, before the first worker starts.
// It may be run again: what is there already stays.
//
// Everything of one space is on one shard, in order: the key begins with the space, and unique indexes have to.
// A mutation changes one space or a few, so its transaction stays on one shard or a few.

const name = db.getName();

for (const [id, host] of [["shard0", "shard0/shard0:27017"], ["shard1", "shard1/shard1:27017"]]) {
  if (!db.adminCommand({ listShards: 1 }).shards.some((shard) => shard._id === id)) sh.addShard(host);
}

// records: found by (space, seq), (space, kind) and (space, stream, first_seq): each goes to one shard. By `_id`, which
// begins with the space, by `live` and by `due` every shard is asked.
db.records.createIndex({ space: 1, seq: 1 }, { unique: true });
sh.shardCollection(`${name}.records`, { space: 1, seq: 1 }, true);

// The rest is found by `_id` alone. Hashed: ids of one minute do not all go to one shard.
for (const collection of ["spaces", "ledger", "users", "devices", "refresh_tokens"]) {
  sh.shardCollection(`${name}.${collection}`, { _id: "hashed" });
}

sh.status();
