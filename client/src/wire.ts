/**
 * Socket.IO 5 on top of Engine.IO 4, as far as Beside speaks it: one WebSocket, one namespace, text only. The heartbeat
 * is Engine.IO's. A connection that is over stays over: to connect again is up to whoever has connected.
 */

import { Socket } from "engine.io-client";

/** What to connect with. The last three tell socket.io-client's `io` to do what `connect` does anyway. */
export interface WireOptions {
  readonly auth: { readonly [name: string]: any };
  readonly timeout: number; // ms within which the server must have let us in
  readonly transports: string[];
  readonly reconnection: boolean;
  readonly forceNew: boolean;
}

/**
 * The parts of a connection that the client uses; the sockets of socket.io-client have them, too. It tells of its
 * beginning by `connect`, and of its end by `disconnect`, or by `connect_error` if there was no beginning.
 */
export interface Wire {
  readonly connected: boolean;
  on(event: string, listener: (body: any) => void): unknown;
  /** Send an event. Its answer is waited for so long; the promise is rejected if none comes, or the connection ends. */
  timeout(ms: number): { emitWithAck(event: string, body: unknown): Promise<any> };
  disconnect(): unknown;
}

export type Connect = (url: string, options: WireOptions) => Wire;

/** Connect to the server at an address. */
export const connect: Connect = (url, options) => new Connection(url, options);

const OWN = new Set(["connect", "connect_error", "disconnect"]); // what only the connection itself tells
const PACKET = /^([0-4])(\d*)((?!\/).*)$/s; // type, id of a question, JSON; of another namespace if that begins with "/"

class Connection implements Wire {
  connected = false;
  readonly #socket: Socket;
  readonly #waiting = new Map<string, (error: Error | null, answer?: unknown) => void>(); // {id of a question: settle}
  readonly #listeners = new Map<string, ((body: any) => void)[]>();
  #asked = 0; // questions so far
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

  /** Take a packet. What is none that we speak is ignored; what is broken ends the connection. */
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

  /** End, and tell of it once; nothing is heard any more. A server that let nobody in may have said why. */
  #end(refusal: unknown = {}): void {
    if (this.#isOver) return; // a second `off` would take away what Engine.IO itself waits for
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
