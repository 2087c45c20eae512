"""The Lua script that Valkey runs for a worker: many asks in one call, in order.

Each ask names a room, a verb, a text, and the set of another room or nothing. `hold` puts this worker into the set of
the room, `release` takes it out. Any other verb is a line for the other workers in the set; if the ask names another
set, these workers are put into that one, too, so that they receive what is published there from then on. (The text may
name the room as well, but it is sealed: this script cannot read it.) Each worker gets all its lines in one message; a
worker that does not receive any more is taken out of the sets.
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
