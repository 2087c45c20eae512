// A Socket.IO server that sends the raw frames that each connection asks for; see wire_cases.mjs. Prints its port.
//
//   node wire_server.mjs [FOLDER]         the files of the folder are served, and a page without any
//
// Query of a connection: ?ping=MS sets the ping interval, ?deaf sends no pings, ?mute no open packet, ?drop ends the
// connection at the first mutation, ?refuse=TOKEN refuses a greeting with this token. The event "play" has a list of
// frames to send; "!close" ends the connection, "!bytes" sends binary data, "!wait" waits, and "!heard" waits until
// the client has sent more. In a frame, "$" stands for the ack id.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(new URL("../../client/package.json", import.meta.url))("ws");
const REFUSAL = { code: "unauthenticated", message: "No.", details: {} };
const [folder] = process.argv.slice(2);
const PAGE = { changes: [], cursor: "c1", positions: {}, history: {}, more: false, gone: [], reset: [] };
const heard = {}; // {name of a connection: received frames}

/** Play steps, one after the other; those between two waits are sent at once. */
async function play(socket, steps, id = "") {
  for (const step of steps) {
    if (step === "!wait") await new Promise((done) => setTimeout(done, 100));
    else if (step === "!heard") await new Promise((done) => socket.once("message", done));
    else if (step === "!close") socket.close();
    else if (step === "!bytes") socket.send(Buffer.from("42[\"said\",\"bytes\"]"));
    else socket.send(step.replace("$", id));
  }
}

/** Handle an event; a phone gets an empty page, and all its mutations succeed. */
function asked(socket, how, id, [what, body]) {
  const answer = (said) => socket.send(`43${id}[${JSON.stringify(said)}]`);
  if (how.has("drop") && body?.mutations) socket.close();
  else if (what === "play") void play(socket, body, id);
  else if (what === "echo") answer(body);
  else if (what === "heard") answer(heard[body] ?? []);
  else if (/^(pull|push|sync)$/.test(what)) {
    const outcomes = (body.mutations ?? []).map((mutation) => ({ id: mutation.id, ok: true, changes: [] }));
    answer({ ...PAGE, outcomes, server_time: Date.now() });
  }
}

function greeted(socket, how, { token, cursor = null, plays = ['40{"sid":"s"}'] }) {
  if (token !== undefined && how.get("refuse") === token) socket.send(`44${JSON.stringify({ message: "No.", data: REFUSAL })}`);
  else void play(socket, plays);
  if (cursor !== null) socket.send(`42["page",${JSON.stringify({ ...PAGE, server_time: Date.now() })}]`);
}

const http = createServer((request, response) => {
  const isFile = folder !== undefined && request.url.endsWith(".js");
  response.setHeader("Content-Type", isFile ? "text/javascript" : "text/html");
  response.end(isFile ? readFileSync(folder + request.url) : "<!doctype html><title>Wire</title>");
});

new WebSocketServer({ server: http, maxPayload: 2 ** 26 }).on("connection", (socket, { url }) => {
  const how = new URL(url, "http://here").searchParams;
  const pingInterval = Number(how.get("ping") ?? 25_000);
  const pingTimeout = how.has("deaf") ? 1000 : 5000;
  let mine = [];
  const pinging = setInterval(() => how.has("deaf") || socket.send("2"), pingInterval);
  socket.on("close", () => (clearInterval(pinging), mine.push("closed")));
  socket.on("message", (data) => {
    const frame = String(data);
    const [, type, id, text] = /^(4?.)(\d*)(.*)$/s.exec(frame);
    if (type === "40") mine = heard[JSON.parse(text).name] ??= [];
    mine.push(frame.length < 1000 ? frame : frame.length);
    if (type === "40") greeted(socket, how, JSON.parse(text));
    if (type === "42") asked(socket, how, id, JSON.parse(text));
  });
  if (!how.has("mute")) socket.send(`0${JSON.stringify({ sid: "e", upgrades: [], pingInterval, pingTimeout, maxPayload: 1e6 })}`);
});
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
