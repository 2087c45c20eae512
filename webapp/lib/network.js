// A network that can be cut, for pages that show how an app behaves on a train. Its `fetch` and `socket` are options of
// the client. While the network is cut, nothing is sent and nothing is received.
import { connect } from "@beside/client";

export class Network {
  isCut = false;
  isDeaf = false; // true while a request whose answer will be lost is on its way: socket events are dropped
  #losing = null; // name of the command whose next answer is to be lost
  #sockets = new Set();
  #onCut;

  /** Make a network; `onCut` is called whenever it is cut. */
  constructor(onCut = () => {}) {
    this.#onCut = onCut;
  }

  /** Cut the network and close the open sockets, as when a train enters a tunnel. */
  cut() {
    this.isCut = true;
    this.isDeaf = false;
    for (const socket of this.#sockets) socket.disconnect();
    this.#sockets.clear();
    this.#onCut();
  }

  restore() {
    this.isCut = false;
  }

  /** Cut the network when the server has answered the next mutation of a command, before the client gets the answer. */
  loseNextAnswerTo(command) {
    this.#losing = command;
  }

  fetch = (address, asked) => this.carry(asked?.body ? JSON.parse(asked.body) : {}, () => fetch(address, asked));

  socket = (url, options) => {
    if (this.isCut) return new Dead();
    const socket = connect(url, options);
    this.#sockets.add(socket);
    socket.on("disconnect", () => this.#sockets.delete(socket));
    return new Carried(socket, this);
  };

  /** Call `send` and return its answer; throws TypeError, as fetch does, if the network is cut before or meanwhile. */
  async carry(body, send) {
    this.#require();
    const mutations = body.mutations ?? [body];
    const isLost = this.#losing !== null && mutations.some((mutation) => mutation.name === this.#losing);
    if (isLost) [this.#losing, this.isDeaf] = [null, true];
    const answer = await send().finally(() => isLost && this.cut());
    this.#require();
    return answer;
  }

  #require() {
    if (this.isCut) throw new TypeError("The network is cut.");
  }
}

/** A socket whose events and answers pass through the network. */
class Carried {
  #socket;
  #network;

  constructor(socket, network) {
    this.#socket = socket;
    this.#network = network;
  }

  get connected() {
    return this.#socket.connected;
  }

  on(event, listener) {
    this.#socket.on(event, (...heard) => this.#network.isDeaf || listener(...heard));
  }

  disconnect() {
    this.#socket.disconnect();
  }

  timeout(ms) {
    return { emitWithAck: (event, body) => this.#network.carry(body, () => this.#socket.timeout(ms).emitWithAck(event, body)) };
  }
}

/** A socket that never connects. */
class Dead {
  connected = false;

  on(event, listener) {
    if (event === "connect_error") setTimeout(() => listener(new Error("The network is cut.")));
  }

  disconnect() {}
}
