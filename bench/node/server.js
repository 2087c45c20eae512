// What most would write first: Socket.IO, one durable insertOne for each message, then to the room and to the sender.
// It says where it listens as Beside does, takes the same frames, and believes what it is told, as bench/bare.py does.
import { createServer } from "node:http";
import { MongoClient } from "mongodb";
import { Server } from "socket.io";

const mongo = await new MongoClient(process.env.MONGODB_URI, { writeConcern: { w: "majority", journal: true } }).connect();
const messages = mongo.db("beside").collection("node_messages");
const http = createServer((_, answer) => answer.end("ready"));
const io = new Server(http, { transports: ["websocket"] });
let seq = 0;

io.on("connection", (socket) => {
  socket.join(socket.handshake.auth.token);
  socket.on("mutate", async (asked, acknowledge) => {
    const { id, space, text, origin } = asked.args;
    const own = { seq: ++seq, first_seq: seq, at: asked.at, author: "somebodyinthere1" };
    const change = { id, kind: "message", space, ...own, data: { sent_at: Date.now(), origin, text } };
    await messages.insertOne({ _id: id, ...change });
    io.to(space).emit("change", { space, seq: change.seq, change });
    acknowledge({ id: asked.id, ok: true, changes: [change], server_time: Date.now() });
  });
  socket.on("missed", async ({ spaces, after }, acknowledge) => {
    acknowledge(await messages.find({ space: { $in: spaces }, seq: { $gt: after } }).sort({ seq: 1 }).toArray());
  });
});

http.listen(0, "127.0.0.1", () => console.log(`Beside is at http://127.0.0.1:${http.address().port}, in Node.`));
