"""The Lua script that Valkey runs for a worker: it handles many messages in one call, in order.

Each message has a room, a verb, a text, and the set of another room or "". The set of a room holds the workers that are
subscribed to it. `hold` adds this worker to the set of the room, `release` removes it. Any other verb is published as a
line to the other workers in the set. If the message has another set, these workers are added to that set, too, and so
receive what is published there from then on. (The text may name that room as well, but this script cannot read sealed
texts.) Each worker gets all its lines in one message. A worker that no longer receives is removed from the sets.
"""

SETS, CHANNEL = "beside:room:", "beside:worker:"
KEPT = 1800  # seconds that a set is kept without a new subscription: a worker that dies cannot take itself out

SCRIPT = f"""
local me, kept = ARGV[1], {KEPT}
local lines, rooms = {{}}, {{}}
local function put(set, worker)
  redis.call('SADD', set, worker)
  redis.call('EXPIRE', set, kept)
end
for i, set in ipairs(KEYS) do
  local verb, text, also = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
  if verb == 'hold' then
    put(set, me)
  elseif verb == 'release' then
    redis.call('SREM', set, me)
  else
    local room = string.sub(set, {len(SETS) + 1})
    for _, worker in ipairs(redis.call('SMEMBERS', set)) do
      if worker ~= me then
        if not lines[worker] then lines[worker], rooms[worker] = {{}}, {{}} end
        table.insert(lines[worker], verb .. '\\t' .. room .. '\\t' .. text)
        table.insert(rooms[worker], set)
        if also ~= '' then put(also, worker) end
      end
    end
  end
end
local told = 0
for worker, said in pairs(lines) do
  if redis.call('PUBLISH', '{CHANNEL}' .. worker, table.concat(said, '\\n')) == 0 then
    for _, set in ipairs(rooms[worker]) do redis.call('SREM', set, worker) end
  else
    told = told + #said
  end
end
return told
"""
