// A network that can be cut, for pages that show how an app behaves on a train: its `fetch` and `socket` are given to the
// client. While it is cut nothing leaves this phone, and nothing comes.
import { connect } from "@beside/client";

export class Network {
  isCut = false;
  isDeaf = false; // a request is on its way whose answer will be lost: nothing is heard any more
  #losing = null; // the command whose next answer is to be lost
  #sockets = new Set();
  #onCut;

  /** Make a network; `onCut` hears whenever it is cut. */
  constructor(onCut = () => {}) {
    this.#onCut = onCut;
  }

  /** Cut the network: what is open ends, as when a train enters a tunnel. */
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

  /** Cut the network once the next mutation of a command has been answered, and before the answer is here. */
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

  /** Send a body by `send` and return the answer; throws TypeError, as fetch does, if it cannot go or come. */
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

/** The parts of a socket that the client uses. */
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
