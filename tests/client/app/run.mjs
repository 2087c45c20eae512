/** Runs the compiled app in Node: signs in, stores a note, and prints the answer of the server. */

import { open } from "@beside/client";
import { code, send } from "./right.js";

const [url, handle, passphrase] = process.argv.slice(2);
const beside = await open({ url });
const refused = await beside.signIn({ handle, passphrase: "not this one" }).catch(code);
await beside.signIn({ handle, passphrase });
const sent = await beside.do("note.put", { id: "n1", title: "from a tarball", body: "" });
const { ok } = await sent.outcome;
const elsewhere = await send(beside, "pair:nowhere", "hello");
const titles = beside.records({ kind: "note" }).value.map(({ data }) => data.title);
console.log(JSON.stringify({ refused, ok, elsewhere, titles }));
await beside.close();
