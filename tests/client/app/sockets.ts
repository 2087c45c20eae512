/** Connections that an app gives to the client: one of socket.io-client, and a wrapper of the client's own. */

import { connect, open, type Beside, type Connect } from "@beside/client";
import { io } from "socket.io-client";

/** Return a phone that is connected by socket.io-client, and a function that returns how often it has connected. */
export async function bySocketIO(url: string): Promise<[Beside, () => number]> {
  let count = 0;
  const socket: typeof io = Object.assign((...how: any) => ((count += 1), io(...(how as [string]))), io);
  return [await open({ url, name: "theirs", socket }), () => count];
}

/** Return a phone whose `connect` is wrapped, and a function that returns how often it has connected. */
export async function counted(url: string): Promise<[Beside, () => number]> {
  let count = 0;
  const socket: Connect = (address, options) => {
    const wire = connect(address, options);
    wire.on("connect", () => (count += 1));
    return wire;
  };
  return [await open({ url, name: "ours", socket }), () => count];
}

/** Return a phone that is given `io` as it is. */
export const plain = (url: string): Promise<Beside> => open({ url, socket: io });
