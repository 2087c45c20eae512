// A phone in JavaScript, as small as one can be: what an app needs to speak to Beside over Socket.IO.

import { randomBytes } from "node:crypto";
import { on, once } from "node:events";
import { io } from "socket.io-client";

const PATIENCE = 30_000; // ms to wait for anything

/** Return a socket that will connect; with a cursor, what was missed meanwhile comes as a `page`. */
export function phone(address, auth) {
  return io(address, { auth, transports: ["websocket"], reconnection: false, autoConnect: false, forceNew: true });
}

/** Connect and return the socket; throws what the server said if it refuses. */
export async function connected(socket) {
  const ready = next(socket, "connect");
  const refused = next(socket, "connect_error").then((error) => Promise.reject(error));
  socket.connect();
  await Promise.race([ready, refused]);
  return socket;
}

/** Return what the next event of a name brings; ask before doing what causes it. */
export async function next(socket, event) {
  const [body] = await once(socket, event, { signal: AbortSignal.timeout(PATIENCE) });
  return body;
}

/** Return what all events of a name bring, in order and without a gap: they may come faster than they are dealt with. */
export function every(socket, event) {
  return on(socket, event, { signal: AbortSignal.timeout(PATIENCE) });
}

/** Send an event and return the answer: it is in the acknowledgement. */
export function call(socket, event, ...bodies) {
  return socket.timeout(PATIENCE).emitWithAck(event, ...bodies);
}

/** Return a mutation. Store it before it is sent: its id is what makes a retry harmless. */
export function mutation(name, args) {
  return { id: uuid7(), name, args, at: `${Date.now()}-0` };
}

function uuid7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
