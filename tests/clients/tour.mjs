// One phone's session from beginning to end. Prints what the server said at each step, as one JSON object.
//
//   node tour.mjs ADDRESS ACCESS_TOKEN '{"space": "pair:…", "cursor": "…", "text": "…"}'

import { call, connected, mutation, next, phone } from "./phone.mjs";

const [address, token, scenario] = process.argv.slice(2);
const { space, cursor, text } = JSON.parse(scenario);
const said = {};

// Whoever is not known is not let in, and is told why.
for (const [who, auth] of Object.entries({ stranger: { token: "nobody" }, nameless: {}, confused: { token, cursor: 7 } })) {
  const error = await connected(phone(address, auth)).catch((reason) => reason);
  said[who] = { message: error.message, data: error.data };
}

// Doing something while online: the outcome is the acknowledgement, and every phone of the space hears of it.
const socket = await connected(phone(address, { token }));
const sent = mutation("message.send", { space, id: "from-javascript", text, origin: "person" });
const live = next(socket, "change");
said.outcome = await call(socket, "mutate", sent);
said.retried = await call(socket, "mutate", sent);
said.live = await live;

// Waking up: what was done offline goes up, and what is new comes down, in one round trip.
const offline = mutation("note.put", { id: "note-1", body: "written in a tunnel" });
said.synced = await call(socket, "sync", { mutations: [offline], cursor });

// What cannot be understood is answered as well, and the connection stays.
said.unknown = await call(socket, "message.shout", {});
said.malformed = {
  nothing: await call(socket, "pull"),
  null: await call(socket, "pull", null),
  text: await call(socket, "pull", "cursor"),
  number: await call(socket, "mutate", 7),
  list: await call(socket, "push", []),
  twice: await call(socket, "pull", {}, {}),
  binary: await call(socket, "mutate", { id: Buffer.from("bytes") }),
  misspelt: await call(socket, "pull", { curser: cursor }),
  foreign: await call(socket, "pull", { cursor: "made up" }),
  deep: await call(socket, "mutate", { ...sent, args: nested(2_000) }),
};
said.oversize = await call(socket, "mutate", { ...sent, args: { text: "x".repeat(200_000) } });
said.pulled = await call(socket, "pull", { cursor });
socket.disconnect();

// Coming back with an old cursor: what was missed comes by itself.
const back = phone(address, { token, cursor });
const missed = next(back, "page");
await connected(back);
said.page = await missed;
back.disconnect();

console.log(JSON.stringify(said));

function nested(levels) {
  return JSON.parse('{"a":'.repeat(levels) + "1" + "}".repeat(levels));
}
