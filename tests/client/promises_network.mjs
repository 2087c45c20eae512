// The promises of @beside/client about sending and receiving.

import assert from "node:assert/strict";
import { SPACE, done, fault, firstPage, live, message, note, page, refused, settled, still, text, texts, until } from "./pretend.mjs";

export const PROMISES = {
  "a lost answer is asked for again with the same bytes, and nothing is done twice": async () => {
    const { beside, server } = await still();
    await beside.do("message.send", text(1));
    const bodies = [];
    server.answers["POST /sync"] = (body) => (bodies.push(body.mutations), bodies.length < 3 ? null : { ...page(), outcomes: body.mutations.map(done) });
    await assert.rejects(beside.sync(), { code: "offline" });
    await assert.rejects(beside.sync(), { code: "offline" });
    assert.equal(beside.outbox.value.length, 1);
    await beside.sync();
    assert.equal(beside.outbox.value.length, 0);
    assert.deepEqual(bodies[1], bodies[0]);
    assert.deepEqual(bodies[2], bodies[0]);
  },

  "an SOS overtakes 600 mutations that wait, and a push that is on its way": async () => {
    const { beside, server, sockets } = await live();
    let release;
    const pushes = [];
    sockets.last.answer = (event, body) => {
      if (event !== "push") return server[`POST /${event}`](body);
      pushes.push(body.mutations.length);
      return new Promise((done) => (release = () => done(server["POST /push"](body))));
    };
    await Promise.all(Array.from({ length: 600 }, (_, number) => beside.do("message.send", text(number))));
    await until(() => release !== undefined);
    const { outcome } = await beside.sos({ words: "please" });
    assert.equal((await outcome).ok, true);
    assert.equal(server.count("POST /mutate"), 1);
    assert.equal(beside.outbox.value[0].name, "message.send");
    await until(() => (release(), beside.outbox.value.length === 0));
    assert.ok(pushes.length > 1 && Math.max(...pushes) <= 500, `${pushes}`);
    await beside.close();
  },

  "an SOS that nobody answers stays at the front of the outbox": async () => {
    const { beside, server } = await still();
    for (let number = 0; number < 600; number += 1) await beside.do("message.send", text(number));
    await beside.sos({});
    assert.equal(beside.outbox.value[0].name, "sos.raise");
    const pushes = [];
    server.answers["POST /sync"] = server.answers["POST /push"] = ({ mutations }) => {
      pushes.push(mutations.map(({ name, args }) => (name === "sos.raise" ? "sos" : args.id)));
      return { ...page(), outcomes: mutations.map(done) };
    };
    await beside.sync();
    assert.deepEqual(pushes.map(({ length }) => length), [500, 101]);
    assert.deepEqual(pushes.flat(), ["sos", ...Array.from({ length: 600 }, (_, number) => `t${number}`)]);
  },

  "tokens that expire are renewed once, whoever asks at the same time": async () => {
    const { beside, server } = await still();
    const valid = () => `a${server.tokens}`;
    server.tokens = 1;
    const guarded = (answer) => (body, { token }) => (token === valid() ? answer(body) : { ...fault("unauthenticated"), status: 401 });
    for (const what of ["POST /pull", "POST /sync", "POST /push"]) server.answers[what] = guarded(server[what]);
    server.answers["GET /devices"] = guarded(() => ({ devices: [] }));
    await beside.do("note.put", note(1));
    await Promise.all([beside.sync(), ...Array.from({ length: 5 }, () => beside.request("GET", "/devices"))]);
    assert.equal(server.count("POST /refresh"), 1);
    assert.equal(beside.outbox.value.length, 0);
  },

  "a refresh whose answer is lost is repeated with the same token; the outbox stays if it is refused": async () => {
    const { beside, server, store } = await still();
    await beside.do("note.put", note(1));
    for (const what of ["POST /pull", "POST /sync"]) server.answers[what] = () => ({ ...fault("unauthenticated"), status: 401 });
    server.answers["POST /refresh"] = () => null;
    await assert.rejects(beside.sync(), { code: "offline" });
    await assert.rejects(beside.sync(), { code: "offline" });
    assert.deepEqual(new Set(server.asked.filter(({ what }) => what === "POST /refresh").map(({ body }) => body.refresh_token)), new Set(["r0"]));
    server.answers["POST /refresh"] = () => ({ ...fault("unauthenticated"), status: 401 });
    await assert.rejects(beside.sync(), { code: "unauthenticated" });
    assert.equal(beside.session.value, null);
    assert.equal(beside.outbox.value.length, 1);
    server.answers = {};
    await beside.signIn({ handle: "u", passphrase: "several words are best" });
    await beside.sync();
    assert.equal(beside.outbox.value.length, 0);
    assert.equal((await store.get("state", "account")).accessToken, `a${server.tokens}`);
  },

  "a user who signs in where another was signed in sends and sees nothing of the other's": async () => {
    const { beside, server, sockets } = await live(3);
    sockets.last.answer = () => undefined; // the other's mutation waits
    await beside.do("message.send", text(1));
    await beside.signIn({ handle: "v", passphrase: "several words are best" });
    assert.deepEqual([beside.outbox.value, beside.records({ kind: "message" }).value], [[], []]);
    assert.equal(beside.position.cursor, null);
    const { length } = sockets.all[0].calls;
    await beside.do("note.put", note(1));
    await until(() => beside.outbox.value.length === 0);
    assert.equal(sockets.all[0].calls.length, length);
    assert.equal(sockets.all[0].connected, false);
    assert.equal(server.asked.at(-1).token, `a${server.tokens}`);
    await beside.close();
  },

  "a bad cursor is dropped, and everything is fetched anew": async () => {
    const { beside, server } = await still(3);
    const cursors = [];
    server.answers["POST /pull"] = ({ cursor }) => (cursors.push(cursor), cursor === null ? firstPage(4) : fault("bad_request", { field: "cursor" }));
    await beside.sync();
    assert.deepEqual(cursors, ["c1", null]);
    assert.equal(texts(beside).length, 4);
  },

  "resync_required empties the replica, and keeps the outbox": async () => {
    const { beside, server } = await still(3);
    await beside.do("message.send", text(1));
    const asked = [];
    server.answers["POST /sync"] = (body) => {
      asked.push(body);
      if (body.cursor !== null) return { ...fault("resync_required"), status: 410 };
      return { ...page({ changes: [firstPage().changes[0], message(5)], positions: { [SPACE]: 5 } }), outcomes: [refused(body.mutations[0], "wrong_state")] };
    };
    await beside.sync();
    assert.deepEqual(texts(beside), ["number 5"]);
    assert.deepEqual(asked[1].mutations, asked[0].mutations);
    assert.deepEqual(asked[1].seen, {});
    assert.equal(beside.refused.value[0].args.text, "text 1");
  },

  "a mutation that the server cannot read is set aside, and those behind it are done": async () => {
    const { beside, server } = await still();
    const outcomes = [];
    for (const number of [1, 2, 3]) outcomes.push((await beside.do("note.put", note(number))).outcome);
    const isPoison = ({ args }) => args.id === "n2";
    server.answers["POST /sync"] = (body) => (body.mutations.some(isPoison) ? fault("bad_request", { field: "mutations" }) : server["POST /sync"](body));
    server.answers["POST /mutate"] = (mutation) => (isPoison(mutation) ? fault("bad_request", { field: "id" }) : server["POST /mutate"](mutation));
    await beside.sync();
    assert.deepEqual((await Promise.all(outcomes)).map(({ ok }) => ok), [true, false, true]);
    assert.equal(beside.outbox.value.length, 0);
    assert.equal(beside.refused.value.length, 1);
  },

  "what the server could not decide yet stays, in order": async () => {
    const { beside, server } = await still();
    for (const number of [1, 2, 3]) await beside.do("note.put", note(number));
    server.answers["POST /sync"] = ({ mutations }) => ({ ...page(), outcomes: [done(mutations[0])], later: { ...fault("try_later").error, details: { retry_after: 1 } } });
    await assert.rejects(beside.sync(), { code: "try_later" });
    assert.deepEqual(beside.outbox.value.map(({ args }) => args.id), ["n2", "n3"]);
    server.answers["POST /sync"] = ({ mutations }) => ({ ...page(), outcomes: [refused(mutations[0], "try_later"), done(mutations[1])] });
    server.answers["POST /push"] = () => null;
    await assert.rejects(beside.sync(), { code: "offline" });
    assert.deepEqual(beside.outbox.value.map(({ args }) => args.id), ["n2"]);
    assert.deepEqual(beside.refused.value, []);
  },

  "what is missed while a pull is on its way is pulled after it": async () => {
    const { beside, sockets } = await live(2);
    const answers = [];
    sockets.last.answer = () => new Promise((done) => answers.push(done));
    sockets.last.hear("missed", {});
    await until(() => answers.length === 1);
    sockets.last.hear("change", { space: SPACE, seq: 4, change: message(4) });
    await settled();
    answers[0](page({ cursor: "c2" }));
    await until(() => answers.length === 2);
    answers[1](page({ cursor: "c3", changes: [message(3), message(4)], positions: { [SPACE]: 4 } }));
    await until(() => texts(beside).length === 4);
    await beside.close();
  },

  "a late page is not taken, and everything is pulled again": async () => {
    const { beside, server, sockets } = await live(2);
    server.answers["POST /pull"] = () => page({ cursor: "c9", gone: [SPACE] });
    sockets.last.answer = (event, body) => server.answers[`POST /${event}`]?.(body) ?? server[`POST /${event}`](body);
    await beside.sync();
    sockets.last.hear("page", page({ cursor: "c5", changes: [message(3)], positions: { [SPACE]: 3 } }));
    await settled();
    await until(() => beside.status.value.state === "live");
    assert.equal(beside.position.cursor, "c9");
    assert.deepEqual(beside.records({ kind: "message" }).value, []);
    await beside.close();
  },

  "live changes are taken in order; after a gap, and after `missed`, the phone pulls": async () => {
    const { beside, sockets } = await live(2);
    const pulls = [];
    let bring = page({ cursor: "c2" });
    sockets.last.answer = (event, body) => (pulls.push({ event, ...body }), bring);
    sockets.last.hear("change", { space: SPACE, seq: 3, change: message(3) });
    sockets.last.hear("change", { space: SPACE, seq: 3, change: message(3, { data: { text: "twice" } }) });
    await until(() => texts(beside).length === 3);
    assert.equal(pulls.length, 0);
    bring = page({ cursor: "c2", changes: [message(4), message(5)], positions: { [SPACE]: 5 } });
    sockets.last.hear("change", { space: SPACE, seq: 5, change: message(5) });
    await until(() => texts(beside).length === 5);
    assert.deepEqual(pulls.map(({ event, seen }) => [event, seen]), [["pull", { [SPACE]: 3 }]]);
    bring = page({ cursor: "c3", changes: [message(6)], positions: { [SPACE]: 6 } });
    sockets.last.hear("missed", {});
    await until(() => texts(beside).length === 6);
    assert.deepEqual(pulls[1].seen, {}, "the cursor covers what was seen");
    await beside.close();
  },

  "a server that restarts is left alone for as long as it says": async () => {
    const { beside, server, sockets } = await live();
    const { length } = sockets.all;
    const closed = Date.now();
    server.asked = [];
    sockets.last.hear("restart", { reconnect_in: 700 });
    sockets.last.disconnect("transport close");
    await beside.do("note.put", note(1)); // a mutation made meanwhile waits
    beside.wake();
    await settled();
    assert.equal(sockets.all.length, length);
    assert.equal(server.asked.length, 0);
    await until(() => sockets.all.length > length);
    assert.ok(Date.now() - closed >= 690);
    assert.deepEqual(sockets.last.auth.cursor, "c1");
    await beside.close();
  },
};
