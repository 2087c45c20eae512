// A server of Socket.IO in bare frames, which does what each connection asks of it; see wire_cases.mjs. Prints its port.
//
//   node wire_server.mjs [FOLDER]         the files of the folder are served, and a page without any
//
// How a connection is opened: ?ping=MS is how often it is pinged, ?deaf: never, ?mute: not even greeted, ?drop: it ends
// when anything is to be done, ?refuse=TOKEN: who greets with it is refused. What is played is a list of frames; "!close"
// ends the connection, "!bytes" sends some, "!wait" waits, and "!heard" waits until the other side has said more. An
// answer has the id of its question in place of "$".

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(new URL("../../client/package.json", import.meta.url))("ws");
const REFUSAL = { code: "unauthenticated", message: "No.", details: {} };
const [folder] = process.argv.slice(2);
const PAGE = { changes: [], cursor: "c1", positions: {}, history: {}, more: false, gone: [], reset: [] };
const heard = {}; // {name of a connection: what came}

/** Play steps, one after the other; those between two waits go at once. */
async function play(socket, steps, id = "") {
  for (const step of steps) {
    if (step === "!wait") await new Promise((done) => setTimeout(done, 100));
    else if (step === "!heard") await new Promise((done) => socket.once("message", done));
    else if (step === "!close") socket.close();
    else if (step === "!bytes") socket.send(Buffer.from("42[\"said\",\"bytes\"]"));
    else socket.send(step.replace("$", id));
  }
}

/** Do what a connection asks; a phone gets an empty page, and all it does is done. */
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
