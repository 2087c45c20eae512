// Cases of a phone of @beside/client whose live connection fails, on a server that sends raw frames. Requests over HTTP
// get fake answers. Prints {case: true, or what broke it}.
//
//   node wire_phone.mjs ADDRESS           of wire_server.mjs

import assert from "node:assert/strict";
import { connect } from "../../client/dist/wire.js";
import { note, phone, until } from "./pretend.mjs";
import { heard } from "./wire_cases.mjs";

const [address] = process.argv.slice(2);
let names = 0;

/** Return a phone whose connections follow `ways`, one after the other, and the list of its greetings. */
async function connecting(...ways) {
  const greetings = [];
  const socket = (_, options) => {
    const name = `phone ${(names += 1)}`;
    greetings.push({ token: options.auth.token, at: Date.now(), name });
    return connect(`${address}/?${ways[greetings.length - 1] ?? ""}`, { ...options, auth: { ...options.auth, name } });
  };
  const opened = await phone({ socket });
  return { ...opened, greetings, isLive: () => opened.beside.status.value.state === "live" };
}

const CASES = {
  "a phone whose token is refused renews it, and connects with the new one": async () => {
    const { beside, server, greetings, isLive } = await connecting("refuse=a0");
    await until(isLive);
    assert.deepEqual(greetings.map(({ token }) => token), ["a0", "a1"]);
    assert.equal(server.count("POST /refresh"), 1);
    await beside.close();
  },

  "a phone whose connection was lost connects again, and not at once": async () => {
    const { beside, server, greetings } = await connecting("ping=300&deaf", "ping=300&deaf");
    await until(() => greetings.length === 3);
    const [first, second, third] = greetings;
    assert.ok(second.at - first.at > 2000 && third.at - second.at > 2000, "after the silence, and a pause of a second");
    assert.equal(server.count("POST /refresh"), 0);
    await until(() => beside.status.value.state === "live");
    await beside.close();
  },

  "a connection in place of another is the only one": async () => {
    const { beside, greetings, isLive } = await connecting();
    await until(isLive);
    await beside.signIn({ handle: "v", passphrase: "several words are best" });
    await until(() => greetings.length === 2 && isLive());
    assert.equal((await heard(address, greetings[0].name, 2)).at(-1), "closed");
    await beside.close();
  },

  "what was asked over a connection that is lost is asked again, with the same bytes": async () => {
    const { beside, server, greetings, isLive } = await connecting("drop");
    await until(isLive);
    const { outcome } = await beside.do("note.put", note(1));
    assert.equal((await outcome).ok, true);
    assert.equal(beside.outbox.value.length, 0);
    assert.equal(server.asked.flatMap(({ body }) => body?.mutations ?? []).length, 1, "over HTTP");
    await until(() => greetings.length === 2 && isLive());
    await beside.close();
  },

  "a phone that is closed leaves nothing behind": async () => {
    const { beside, greetings, isLive } = await connecting();
    await until(isLive);
    await beside.close();
    await until(async () => (await heard(address, greetings[0].name, 1)).at(-1) === "closed");
    await new Promise((done) => setTimeout(done, 2000));
    assert.equal(greetings.length, 1, "and does not come back");
  },
};

const tell = ([name, holds]) => holds().then(() => [name, true], (error) => [name, `${error.stack}`]);
console.log(JSON.stringify(Object.fromEntries(await Promise.all(Object.entries(CASES).map(tell)))));
process.exit();
