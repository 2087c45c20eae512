// The way to the server, as bad as it is told to be. A plan meets the next request that it fits:
//   refuse  fails before anything is sent        lose   the server did it, but its answer is lost
//   hold    its answer comes when it is released  twice  sent twice, by a network that repeats
//   strip   pushed rows go without `_status` and `_changed`

export class Network {
  exchanges = [];
  #plans = [];
  #held = null;

  /** Forget all plans that have met no request yet. */
  heal() {
    this.#plans = [];
  }

  plan(name, on) {
    this.#plans.push({ name, on });
    if (name === "hold") this.#held = { arrived: settling(), released: settling() };
  }

  /** Wait until an answer is held. */
  reached() {
    return this.#held.arrived.promise;
  }

  release() {
    this.#held.released.settle();
  }

  async fetch(url, options) {
    const on = options.method === "POST" ? "push" : "pull";
    const at = this.#plans.findIndex((plan) => plan.on === on);
    const [{ name } = {}] = at < 0 ? [] : this.#plans.splice(at, 1);
    if (name === "refuse") throw new Error("The network refused.");
    if (name === "twice") await this.#send(on, url, options);
    const answer = await this.#send(on, url, name === "strip" ? { ...options, body: stripped(options.body) } : options);
    if (name === "lose") throw new Error("The answer was lost.");
    if (name === "hold") {
      this.#held.arrived.settle();
      await this.#held.released.promise;
    }
    return answer;
  }

  async #send(on, url, options) {
    const response = await fetch(url, options);
    const text = await response.text();
    const { ok, status } = response;
    const sent = options.body ? JSON.parse(options.body) : null;
    this.exchanges.push({ on, query: Object.fromEntries(new URL(url).searchParams), sent, status, received: text });
    return { ok, status, text: async () => text };
  }
}

function settling() {
  const made = {};
  made.promise = new Promise((settle) => (made.settle = settle));
  return made;
}

function stripped(body) {
  return JSON.stringify(JSON.parse(body), (name, value) => (["_status", "_changed"].includes(name) ? undefined : value));
}
