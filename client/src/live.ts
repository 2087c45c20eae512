/** The live connection: one WebSocket by Socket.IO, which comes back by itself after a random while. */

import type { Socket, io as connectSocket } from "socket.io-client";
import { BesideError, offline, type Fault, type Frame, type Page } from "./protocol.js";

const PATIENCE = 30_000; // ms to wait for an answer
const SOONEST = 500; // ms, about, before the first try to connect again; then twice that, and so on
const LATEST = 60_000;

/** What the connection asks for, and tells. */
export interface Listener {
  /** Return what to connect with, or null while nobody is signed in. */
  greeting(): Promise<{ token: string; cursor: string | null; seen: Readonly<Record<string, number>> } | null>;
  connected(cursor: string | null): void;
  disconnected(): void;
  /** The token of the greeting was refused. */
  refused(token: string): Promise<void>;
  page(page: Page, asked: string | null): void;
  frame(frame: Frame): void;
  missed(): void;
}

export class Live {
  readonly #url: string;
  readonly #connect: typeof connectSocket;
  readonly #listener: Listener;
  #socket: Socket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #isConnecting = false;
  #stopped = false;

  constructor(url: string, connect: typeof connectSocket, listener: Listener) {
    this.#url = url;
    this.#connect = connect;
    this.#listener = listener;
  }

  get isConnected(): boolean {
    return this.#socket?.connected ?? false;
  }

  /** Connect now, unless this is connected or connecting. */
  wake(): void {
    if (this.isConnected || this.#isConnecting || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#isConnecting = true;
    void this.#greet().catch(() => this.#again(null));
  }

  /** Send an event and return its answer; throws BesideError with the server's code, or `offline`. */
  async call(event: string, body: unknown): Promise<any> {
    if (this.#socket === null || !this.isConnected) throw offline();
    let answer;
    try {
      answer = await this.#socket.timeout(PATIENCE).emitWithAck(event, body);
    } catch {
      throw offline();
    }
    if (answer?.error !== undefined && !("ok" in answer)) throw new BesideError(answer.error as Fault);
    return answer;
  }

  /** End the connection, and connect again at the next `wake`. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#isConnecting = false;
    this.#socket?.disconnect();
    this.#socket = null;
  }

  stop(): void {
    this.#stopped = true;
    this.drop();
  }

  async #greet(): Promise<void> {
    const auth = await this.#listener.greeting();
    if (auth === null || this.#stopped) {
      this.#isConnecting = false;
      return;
    }
    const options = { auth, transports: ["websocket"], reconnection: false, forceNew: true, timeout: PATIENCE };
    const socket = this.#connect(this.#url, options);
    this.#socket = socket;
    this.#hear(socket, auth.cursor, auth.token);
  }

  #hear(socket: Socket, cursor: string | null, token: string): void {
    let wait: number | null = null; // ms, if the server has said how long
    socket.on("connect", () => {
      this.#isConnecting = false;
      this.#tries = 0;
      this.#listener.connected(cursor);
    });
    socket.on("page", (page: Page) => this.#listener.page(page, cursor));
    socket.on("change", (frame: Frame) => this.#listener.frame(frame));
    socket.on("missed", () => this.#listener.missed());
    socket.on("restart", ({ reconnect_in }: { reconnect_in: number }) => (wait = reconnect_in));
    socket.on("disconnect", () => this.#gone(socket, wait));
    socket.on("connect_error", (error: Error & { data?: Fault }) => {
      const refused = error.data?.code === "unauthenticated" ? this.#listener.refused(token) : Promise.resolve();
      void refused.catch(() => {}).then(() => this.#gone(socket, wait));
    });
  }

  #gone(socket: Socket, wait: number | null): void {
    if (socket !== this.#socket) return; // it was dropped, or another one has taken its place
    socket.disconnect();
    this.#socket = null;
    this.#listener.disconnected();
    this.#again(wait);
  }

  /** Try again later: after `wait` ms, or a random while that grows with each failure, so that not all come at once. */
  #again(wait: number | null): void {
    this.#isConnecting = false;
    if (this.#stopped) return;
    const most = Math.min(LATEST, SOONEST * 2 ** this.#tries);
    this.#tries += 1;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), wait ?? most * (0.5 + Math.random()));
  }
}
