/**
 * Socket.IO 5 on top of Engine.IO 4, as far as Beside speaks it: one WebSocket, one namespace, text only. The heartbeat
 * is Engine.IO's. A connection that has ended is never opened again: its owner opens a new one.
 */

import { Socket } from "engine.io-client";

/** The options of a connection. The last three make socket.io-client's `io` do what `connect` always does. */
export interface WireOptions {
  readonly auth: { readonly [name: string]: any };
  readonly timeout: number; // ms within which the server must accept the connection
  readonly transports: string[];
  readonly reconnection: boolean;
  readonly forceNew: boolean;
}

/**
 * The parts of a connection that the client uses; the sockets of socket.io-client have them, too. It emits
 * `connect` when it begins, and `disconnect` when it ends, or `connect_error` if it could not begin.
 */
export interface Wire {
  readonly connected: boolean;
  on(event: string, listener: (body: any) => void): unknown;
  /** Send an event and wait `ms` for its answer; rejects if none comes, or if the connection ends. */
  timeout(ms: number): { emitWithAck(event: string, body: unknown): Promise<any> };
  disconnect(): unknown;
}

export type Connect = (url: string, options: WireOptions) => Wire;

/** Connect to the server at an address. */
export const connect: Connect = (url, options) => new Connection(url, options);

const OWN = new Set(["connect", "connect_error", "disconnect"]); // events that only the connection itself emits
const PACKET = /^([0-4])(\d*)((?!\/).*)$/s; // type, ack id, JSON; one that begins with "/" is for another namespace

class Connection implements Wire {
  connected = false;
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (error: Error | null, answer?: unknown) => void>(); // {ack id: settle}
  readonly #listeners = new Map<string, ((body: any) => void)[]>();
  #asked = 0; // the last ack id
  #isOver = false;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(url: string, { auth, timeout }: WireOptions) {
    const address = url.startsWith("/") ? location.origin : url; // of the page's own server
    this.#socket = new Socket(address, { path: "/socket.io", transports: ["websocket"] });
    this.#timer = setTimeout(() => this.#end(), timeout);
    this.#socket.on("open", () => this.#socket.send(`0${JSON.stringify(auth)}`));
    this.#socket.on("message", (data) => this.#hear(data));
    this.#socket.on("close", () => this.#end());
  }

  on(event: string, listener: (body: any) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  timeout(ms: number): { emitWithAck(event: string, body: unknown): Promise<any> } {
    return { emitWithAck: (event, body) => this.#ask(JSON.stringify([event, body]), ms) };
  }

  disconnect(): void {
    if (this.connected) this.#socket.send("1");
    this.#end();
  }

  #ask(question: string, ms: number): Promise<unknown> {
    return new Promise((done, failed) => {
      if (!this.connected) return failed(new Error("There is no connection."));
      const id = String((this.#asked += 1));
      const settle = (error: Error | null, answer?: unknown) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        error === null ? done(answer) : failed(error);
      };
      const timer = setTimeout(() => settle(new Error("No answer came in time.")), ms);
      this.#waiting.set(id, settle);
      this.#socket.send(`2${id}${question}`);
    });
  }

  /** Handle a packet. An unknown packet is ignored; broken JSON ends the connection. */
  #hear(data: unknown): void {
    const found = typeof data === "string" && PACKET.exec(data);
    if (!found) return;
    const [, type, id, text] = found as unknown as string[];
    let body: any;
    try {
      body = text === "" ? undefined : JSON.parse(text!);
    } catch {
      return this.#end();
    }
    if (type === "0" && !this.connected) {
      clearTimeout(this.#timer);
      this.connected = true;
      this.#tell("connect");
    } else if (type === "1") this.#end();
    else if (type === "2" && !OWN.has(body?.[0])) this.#tell(body?.[0], body?.[1]);
    else if (type === "3") this.#waiting.get(id!)?.(null, body?.[0]);
    else if (type === "4") this.#end(body ?? {});
  }

  #tell(event: string, body?: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(body);
  }

  /** End the connection, and emit its end once. `refusal`: the reason of a server that refused the connection. */
  #end(refusal: unknown = {}): void {
    if (this.#isOver) return; // a second `off` would remove Engine.IO's own listeners
    this.#isOver = true;
    const event = this.connected ? "disconnect" : "connect_error";
    this.connected = false;
    clearTimeout(this.#timer);
    this.#socket.off();
    this.#socket.close();
    for (const settle of this.#waiting.values()) settle(new Error("The connection is over."));
    this.#tell(event, refusal);
  }
}
