// The promises of @beside/client about the data that is stored and shown on this phone.

import assert from "node:assert/strict";
import { SPACE, message, note, page, phone, refused, settled, still, until } from "./pretend.mjs";
import { MemoryStore } from "../../client/dist/store.js";

export const PROMISES = {
  "of the mutations with a final no the last thousand are kept, however many are refused at once": async () => {
    const { beside, server } = await still();
    server.answers["POST /push"] = server.answers["POST /sync"] = ({ mutations }) => ({ ...page(), outcomes: mutations.map((one) => refused(one)) });
    for (let number = 0; number < 2400; number += 1) await beside.do("note.put", note(number));
    await beside.sync();
    assert.equal(beside.refused.value.length, 1000);
    assert.ok(beside.refused.value.some(({ args }) => args.id === "n2399"));
    assert.ok(!beside.refused.value.some(({ args }) => args.id === "n0"));
  },

  "no record of a space that is hidden is shown, also by its id": async () => {
    const { beside } = await still(3);
    assert.equal(beside.record("message", "m1", SPACE).value.data.text, "number 1");
    await beside.do("block.set", { space: SPACE });
    assert.equal(beside.record("message", "m1", SPACE).value, undefined);
    assert.deepEqual(beside.records({ kind: "message" }).value, []);
    assert.deepEqual(beside.search("number"), []);
    assert.deepEqual(beside.spaces.value, []);
    assert.equal(beside.unread(SPACE), 0);
  },

  "what is stored is stored, also if a listener of the app throws": async () => {
    const { beside } = await still();
    const thrown = [];
    const heard = (error) => thrown.push(error.message);
    process.on("uncaughtException", heard);
    let isFirst = true;
    beside.status.subscribe(() => {
      if (isFirst) isFirst = false;
      else throw new Error("of the app");
    });
    const { outcome } = await beside.do("note.put", note(1));
    assert.equal(beside.outbox.value.length, 1);
    await beside.sync();
    assert.equal((await outcome).ok, true);
    await settled();
    process.off("uncaughtException", heard);
    assert.deepEqual([...new Set(thrown)], ["of the app"], "and the app hears of its mistake");
  },

  "who subscribes is told of a change, also if somebody else has read the value before": async () => {
    const { beside } = await still(2);
    const heard = [];
    beside.outbox.subscribe((outbox) => heard.push(outbox.length));
    beside.status.subscribe(() => beside.outbox.value);
    await beside.do("note.put", note(1));
    await settled();
    assert.deepEqual(heard, [0, 1]);
  },

  "an action costs no more when many wait": async () => {
    let guesses = 0;
    const counted = ({ args }) => ((guesses += 1), [{ space: "user:u", kind: "note", id: args.id, data: args }]);
    const { beside } = await still(0, { guesses: { "note.put": counted } });
    for (let number = 0; number < 200; number += 1) await beside.do("note.put", note(number));
    assert.ok(guesses < 1000, `${guesses} guesses`);
    assert.equal(beside.records({ kind: "note" }).value.length, 200);
  },

  "messages that came just before the app was killed are said to have arrived when it starts again": async () => {
    const { store } = await still(3);
    const { beside, server } = await phone({ store, delivered: true });
    const sent = () => server.asked.flatMap(({ body }) => body?.mutations ?? []).filter(({ name }) => name === "position.delivered");
    await until(() => sent().length > 0);
    assert.deepEqual(sent()[0].args, { space: SPACE, seq: 3 });
    await beside.close();
  },

  "a page of history that comes after its space has gone is thrown away": async () => {
    const { beside, server } = await still(3, { first: { history: { [SPACE]: 1 } } });
    let answer;
    server.answers[`GET /spaces/${encodeURIComponent(SPACE)}/history`] = () => new Promise((done) => (answer = done));
    const fetching = beside.history(SPACE);
    await until(() => answer !== undefined);
    server.answers["POST /pull"] = () => page({ cursor: "c2", gone: [SPACE] });
    await beside.sync();
    answer({ changes: [message(0, { id: "old" })], more: true });
    assert.equal(await fetching, false);
    assert.equal(beside.hasHistory(SPACE), false);
    server.answers["POST /pull"] = () => page({ cursor: "c3", positions: { [SPACE]: 9 } });
    await beside.sync();
    assert.equal(beside.record("message", "old", SPACE).value, undefined);
  },

  "a phone reads what another has written while it was opened": async () => {
    const { store } = await still();
    const held = Object.assign(Object.create(MemoryStore.prototype), {});
    let first = true;
    for (const name of ["get", "write", "close"]) held[name] = (...args) => store[name](...args);
    held.load = async () => {
      const snapshot = await store.load();
      if (first) {
        first = false;
        await store.write([{ table: "records", key: `${SPACE} message m9`, value: message(9) }], snapshot.revision);
      }
      return snapshot;
    };
    const { beside } = await phone({ store: held, automatic: false });
    const sent = await beside.do("note.put", note(1));
    assert.ok(sent.id);
    assert.equal(beside.records({ kind: "message", space: SPACE }).value.length, 1);
  },
};
