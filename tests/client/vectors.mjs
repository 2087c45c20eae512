// Checks @beside/client against docs/vectors/client.json: prints {name of a case: true, or what is wrong}.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { START, parse, see, setRight, tick, written } from "../../client/dist/clock.js";
import { takeFrame, takeOutcomes, takePage } from "../../client/dist/replica.js";
import { done, page, phone } from "./pretend.mjs";

const { clock, replica, refresh } = JSON.parse(readFileSync(new URL("../../docs/vectors/client.json", import.meta.url)));

function stamps({ steps }) {
  let now = START;
  for (const step of steps) {
    if ("see" in step) now = see(now, parse(step.see));
    else if ("set_right" in step) now = setRight(now, step.set_right);
    else {
      now = tick(now, step.tick);
      assert.equal(written(now.last), step.expected);
    }
  }
}

async function keeps({ steps, expected }) {
  const { database } = await phone({ automatic: false });
  for (const step of steps) {
    const mustPull = (draft) => {
      if ("page" in step) return takePage(draft, step.page, step.asked) !== false;
      if ("frame" in step) return !takeFrame(draft, step.frame);
      return takeOutcomes(draft, step.outcomes).length < step.outcomes.length;
    };
    assert.equal(await database.change((draft) => ({ result: mustPull(draft) })), step.pull);
  }
  const { image } = database;
  const records = [...image.groups.values()].flatMap((group) => [...group.values()]);
  const rows = records.map(({ space, kind, id, seq, deleted, data }) => [space, kind, id, seq, deleted ? "deleted" : data]);
  const [positions, seen, history, cursor] = ["positions", "seen", "older", "cursor"].map((name) => image.state(name));
  rows.sort((one, other) => (`${one.slice(0, 3)}` < `${other.slice(0, 3)}` ? -1 : 1));
  assert.deepEqual({ records: rows, positions, seen, history, cursor }, expected);
}

async function renews({ syncs, answers, asked, keeps, waiting }) {
  const { beside, server, store } = await phone({ automatic: false });
  await beside.do("note.put", { id: "n1", title: "waits" });
  const left = [...answers];
  const now = Date.now();
  const answer = (body) => {
    const next = left.shift();
    if (next === "done") return { ...page(), outcomes: body.mutations.map(done) };
    if (next?.error) return { ...next, status: 401 };
    return next && { user: "u", device: "device-of-u", role: "peer", ...next, expires_at: now + 600_000, server_time: now };
  };
  server.answers["POST /sync"] = server.answers["POST /refresh"] = answer;
  const results = [];
  for (const _ of syncs) results.push(await beside.sync().then(() => "done", ({ code }) => code));
  assert.deepEqual(results, syncs);
  const heard = server.asked.map(({ what, token, body }) => [what.slice("POST /".length), token ?? body.refresh_token]);
  assert.deepEqual(heard, asked);
  const { accessToken, refreshToken } = await store.get("state", "account");
  assert.deepEqual([accessToken, refreshToken], keeps);
  assert.equal(beside.outbox.value.length > 0, waiting);
}

const found = {};
for (const [cases, holds] of [[clock, stamps], [replica, keeps], [refresh, renews]]) {
  for (const one of cases) {
    found[one.name] = await Promise.resolve(one).then(holds).then(() => true, (error) => `${error.stack}`);
  }
}
console.log(JSON.stringify(found));
process.exit();
