// A phone whose app calls `connect()` while Socket.IO is about to connect. Prints {connected, answered, closed, errors}.
//
//   node twice.mjs ADDRESS ACCESS_TOKEN '{}'

import { setTimeout as pause } from "node:timers/promises";
import { call, next, phone } from "./phone.mjs";

const [address, token] = process.argv.slice(2);
const said = { connected: 0, answered: false, closed: 0, errors: [] };

const socket = phone(address, { token });
socket.on("connect", () => (said.connected += 1));
socket.on("connect_error", (error) => said.errors.push(error.message));
const ready = next(socket, "connect");
socket.connect();
socket.io.once("open", () => socket.connect()); // sends a second CONNECT
await ready;
socket.io.engine.once("close", () => (said.closed += 1));
await pause(300); // an answer to the second one would come meanwhile
said.answered = "changes" in (await call(socket, "pull", {}));
console.log(JSON.stringify(said));
socket.disconnect();
