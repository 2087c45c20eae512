// Lays Beside's collections out over shards: `mongosh beside shard.js`, once, before the first worker starts.
// It may be run again: what is there already stays.
//
// Everything of one space is on one shard.
// A mutation changes one space or a few, so its transaction stays on one shard or a few.

const name = db.getName();

for (const [id, host] of [["shard0", "shard0/shard0:27017"], ["shard1", "shard1/shard1:27017"]]) {
  if (!db.adminCommand({ listShards: 1 }).shards.some((shard) => shard._id === id)) sh.addShard(host);
}

// records: found by (space, seq), (space, kind) and (space, stream, first_seq): each goes to one shard. By `_id`, by `live`
// and by `due` every shard is asked. The key is the space alone: a space is never split, so `_id`, which begins with the
// space, stays unique, and so does (space, seq).
sh.shardCollection(`${name}.records`, { space: 1 });

// These are found by `_id`, or come with it. Hashed: ids of one minute do not all go to one shard.
for (const collection of ["spaces", "ledger", "devices", "refresh_tokens"]) {
  sh.shardCollection(`${name}.${collection}`, { _id: "hashed" });
}

// users, views, leases and migrations stay whole, on one shard: a handle has to be unique among all.

sh.status();
