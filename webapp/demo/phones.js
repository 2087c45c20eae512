// The phones. Each is the app in a frame, which syncs, and a second client of the same storage in this page, like a
// second tab. By the second client, the page reads the phone and acts on it; only the frame syncs over the network.
import { open } from "@beside/client";
import { Network } from "../lib/network.js";
import { signal } from "../lib/html.js";

export class Phone {
  isCut = signal(false);
  waits = signal([]); // the outbox
  position = signal({ cursor: null, positions: {} });
  frame = null; // the iframe element, once it is rendered
  #tell;

  /** Make a phone; `tell(phone, event)` is called for all that crosses the wire. */
  constructor(id, name, tell) {
    Object.assign(this, { id, name });
    this.network = new Network(() => this.#cutOff());
    this.#tell = tell;
  }

  /** Open the second client on the storage of this phone. */
  async open() {
    const options = { url: location.origin, name: `beside-${this.id}`, device: `${this.name}’s phone` };
    this.client = await open({ ...options, automatic: false });
    this.client.outbox.subscribe((outbox) => {
      this.waits.value = outbox;
      this.look();
    });
    return this;
  }

  /** The client options of the app in the frame: a network that can be cut, and a trace. */
  get options() {
    const trace = (event) => {
      if (this.network.isCut) return; // nothing was sent
      this.#tell(this, event);
      setTimeout(() => this.look(), 100); // the answer is stored by then
    };
    return { fetch: this.network.fetch, socket: this.network.socket, trace, device: `${this.name}’s phone` };
  }

  look() {
    this.position.value = this.client.position;
  }

  cut() {
    if (!this.network.isCut) this.network.cut();
  }

  restore() {
    if (!this.network.isCut) return;
    this.network.restore();
    this.isCut.value = false;
    this.#tell(this, { direction: "here", what: "cut.off" });
    this.#signal("online");
  }

  /** Go to a path of the app in the frame, such as "/talk/pair:x". */
  goes(path) {
    if (this.frame?.contentWindow) this.frame.contentWindow.location.hash = path;
  }

  #cutOff() {
    this.isCut.value = true;
    this.#tell(this, { direction: "here", what: "cut.on" });
    this.#signal("offline");
  }

  #signal(event) {
    this.frame?.contentWindow?.dispatchEvent(new Event(event));
  }
}
