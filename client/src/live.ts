/** The live connection and its events. The engine decides when to open it again. */

import { BesideError, offline, type Fault, type Frame, type Page } from "./protocol.js";
import type { Connect, Wire } from "./wire.js";

const PATIENCE = 30_000; // ms to wait for an answer

/** The data that the phone sends to open a connection. */
export interface Greeting {
  readonly token: string;
  readonly cursor: string | null;
  readonly seen: Readonly<Record<string, number>>;
}

/** Receives the events of a connection. */
export interface Listener {
  connected(greeting: Greeting): void;
  /** It has ended, or could not be opened; `wait`: after how many ms the server asks to reconnect, or null. */
  closed(greeting: Greeting, error: BesideError, wait: number | null): void;
  page(page: Page, asked: string | null): void;
  frame(frame: Frame): void;
  missed(): void;
}

export class Live {
  readonly #url: string;
  readonly #connect: Connect;
  readonly #listener: Listener;
  #socket: Wire | null = null; // connected, or connecting

  constructor(url: string, connect: Connect, listener: Listener) {
    this.#url = url;
    this.#connect = connect;
    this.#listener = listener;
  }

  get isConnected(): boolean {
    return this.#socket?.connected ?? false;
  }

  /** Tell whether there is a connection, or an attempt at one. */
  get isOpen(): boolean {
    return this.#socket !== null;
  }

  /** Connect. Events of older connections are ignored. */
  open(greeting: Greeting): void {
    this.close();
    const options = { auth: greeting, transports: ["websocket"], reconnection: false, forceNew: true, timeout: PATIENCE };
    const socket = this.#connect(this.#url, options);
    this.#socket = socket;
    let wait: number | null = null;
    const hear = (event: string, listener: (body: any) => void) =>
      socket.on(event, (body) => socket === this.#socket && listener(body));
    const end = (error: BesideError) => {
      this.close();
      this.#listener.closed(greeting, error, wait);
    };
    hear("connect", () => this.#listener.connected(greeting));
    hear("page", (page: Page) => this.#listener.page(page, greeting.cursor));
    hear("change", (frame: Frame) => this.#listener.frame(frame));
    hear("missed", () => this.#listener.missed());
    hear("restart", ({ reconnect_in }) => (wait = reconnect_in));
    hear("disconnect", () => end(offline()));
    hear("connect_error", ({ data }: { data?: Fault }) => end(data === undefined ? offline() : new BesideError(data)));
  }

  /** Send an event and return its answer; throws BesideError with the server's code, or `offline`. */
  async call(event: string, body: unknown): Promise<any> {
    const answer = await this.#socket?.timeout(PATIENCE).emitWithAck(event, body).catch(() => undefined);
    if (answer === undefined) throw offline();
    if (answer.error !== undefined && !("ok" in answer)) throw new BesideError(answer.error as Fault);
    return answer;
  }

  close(): void {
    const socket = this.#socket;
    this.#socket = null; // first, so that its further events are ignored
    socket?.disconnect();
  }
}
