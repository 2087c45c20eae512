// What a web app of another origin does with Beside. The test calls `app.<name>(server, …)`, and gets what a page can see.
import { io } from "/socket.io.esm.min.js";

const API = "/api/v1";

async function ask(url, { token, ...how } = {}) {
  const headers = { ...(token && { Authorization: `Bearer ${token}` }), ...how.headers };
  const answer = await fetch(url, { ...how, headers });
  const body = await answer.text();
  return {
    status: answer.status,
    tag: answer.headers.get("ETag"),
    wait: answer.headers.get("Retry-After"),
    body: body && JSON.parse(body),
  };
}

const post = (url, token, body) => ask(url, {
  token, method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
});

window.app = {
  ask,
  post,
  register: (server, handle) => post(`${server}${API}/register`, null, { handle, passphrase: "a long passphrase", device: "tab" }),

  socket: (server, token) => new Promise((done) => {
    const socket = io(server, { auth: { token }, transports: ["websocket"], reconnection: false });
    socket.on("connect_error", (error) => done({ refused: error.message }));
    socket.on("connect", async () => {
      const answer = await socket.emitWithAck("pull", {});
      socket.disconnect();
      done({ changes: answer.changes.length });
    });
  }),

  stream: (server, token, mutate) => new Promise((done, failed) => {
    const stream = new EventSource(`${server}${API}/adapters/rxdb/note/stream?token=${token}`);
    stream.onerror = () => { stream.close(); done({ refused: true }); };
    stream.onopen = () => post(`${server}${API}/note/put`, token, mutate).catch(failed);
    stream.onmessage = (event) => {
      const documents = JSON.parse(event.data).documents ?? [];
      if (documents.length) { stream.close(); done({ documents }); }
    };
  }),
};
