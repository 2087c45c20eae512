// What a web app of another origin does with Beside. The test calls `app.<name>(…)`, and gets what a page can see.
import { io } from "/socket.io/socket.io.esm.min.js";

const API = "/api/v1";

/** Ask, and return the status, the headers that the page can read, and the body. `token` is sent as the header. */
async function ask(url, { token, json, ...how } = {}) {
  const authorization = token && { Authorization: `Bearer ${token}` };
  const content = json && { "Content-Type": "application/json" };
  const body = json ? JSON.stringify(json) : how.body;
  const answer = await fetch(url, { ...how, body, headers: { ...authorization, ...content, ...how.headers } });
  const text = await answer.text();
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: text && JSON.parse(text) };
}

window.app = {
  ask,

  socket: (server, token, transports = ["websocket"]) => new Promise((done) => {
    const socket = io(server, { auth: { token }, transports, reconnection: false });
    socket.on("connect_error", (error) => {
      socket.close();
      done({ refused: error.message, data: error.data, status: error.description, text: error.context?.responseText });
    });
    socket.on("connect", async () => {
      const answer = await socket.emitWithAck("pull", {});
      socket.disconnect();
      done({ changes: answer.changes.length });
    });
  }),

  /** Follow a stream; once it is open, store a note. Returns the documents that come. */
  stream: (server, path, token, note) => new Promise((done, failed) => {
    const stream = new EventSource(`${server}${API}/adapters/rxdb/note/${path}?token=${token}`);
    stream.onerror = () => { stream.close(); done({ refused: true }); };
    stream.onopen = () => ask(`${server}${API}/note/put`, { token, method: "POST", json: note }).catch(failed);
    stream.onmessage = (event) => {
      const documents = JSON.parse(event.data).documents ?? [];
      if (documents.length) { stream.close(); done({ documents }); }
    };
  }),

  /** Ask from a sandboxed frame, whose origin is `null`. */
  sandboxed: (url, token) => new Promise((done) => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.src = `sandboxed.html#${encodeURIComponent(JSON.stringify({ url, token }))}`;
    addEventListener("message", ({ data }) => { frame.remove(); done(data); }, { once: true });
    document.body.append(frame);
  }),
};
document.documentElement.dataset.ready = "";
