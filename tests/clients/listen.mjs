// A phone that only listens. Prints "listening", then each message it got live and again in the page after coming
// back: {live: {id: text's SHA-256}, page: {id: …}}.
//
//   node listen.mjs ADDRESS ACCESS_TOKEN '{"space": "pair:…", "cursor": "…", "messages": 60}'

import { createHash } from "node:crypto";
import { connected, every, next, phone } from "./phone.mjs";

const [address, token, scenario] = process.argv.slice(2);
const { space, cursor, messages } = JSON.parse(scenario);
const heard = { live: {}, page: {} };

const socket = phone(address, { token });
const frames = every(socket, "change");
await connected(socket);
console.log("listening");
for await (const [{ change }] of frames) {
  keep(heard.live, change);
  if (Object.keys(heard.live).length === messages) break;
}
socket.disconnect();

const back = phone(address, { token, cursor });
const missed = next(back, "page");
await connected(back);
for (const change of (await missed).changes) keep(heard.page, change);
back.disconnect();

console.log(JSON.stringify(heard));

function keep(into, { kind, space: where, id, data }) {
  if (kind === "message" && where === space) into[id] = createHash("sha256").update(data.text).digest("hex");
}
