/** Two phones of a user, each on a connection that the app has given it: each receives the changes of the other. */

import { bySocketIO, counted } from "./sockets.js";

const [url, handle, passphrase] = process.argv.slice(2);
const live = (beside) => new Promise((done) => beside.status.subscribe(({ state }) => state === "live" && done()));
const phones = await Promise.all([bySocketIO(url), counted(url)]);
for (const [beside] of phones) {
  await beside.signIn({ handle, passphrase });
  await live(beside);
}
for (const [index, [beside]] of phones.entries()) {
  const [other] = phones[1 - index];
  const shown = other.records({ kind: "note" });
  const come = new Promise((done) => shown.subscribe((rows) => rows.length > index && done()));
  await (await beside.do("note.put", { id: `n${index}`, title: `of ${index}`, body: "" })).outcome;
  await come;
}
const titles = phones.map(([beside]) => beside.records({ kind: "note" }).value.map(({ data }) => data.title).sort());
console.log(JSON.stringify({ titles, counts: phones.map(([, count]) => count()) }));
for (const [beside] of phones) await beside.close();
