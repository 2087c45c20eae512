// A MongoDB as deploy/replica-set.js sees it through mongosh. Runs the script on it once, and prints its calls and its
// exit code.
//
//   node member.mjs SCRIPT '{"setName": "rs0", "primary": true, "user": true}'

import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const [script, scenario] = process.argv.slice(2);
const { setName, primary, user } = JSON.parse(scenario);
const calls = [];
let code = 0;

class Quit extends Error {}

const admin = {
  auth(...given) {
    calls.push(["auth", ...given]);
    if (!user) throw new Error("Authentication failed.");
  },
  createUser: (given) => calls.push(["createUser", given]),
};
const env = { REPLICA_SET: "rs0", MEMBER: "mongo:27017", MONGO_PASSWORD: "secret" };
const shell = {
  process: { env },
  db: { hello: () => ({ setName, isWritablePrimary: primary }), getSiblingDB: () => admin },
  rs: { initiate: (config) => calls.push(["initiate", config]) },
  quit(status) {
    code = status;
    throw new Quit();
  },
};

try {
  runInNewContext(readFileSync(script, "utf8"), shell);
} catch (error) {
  if (!(error instanceof Quit)) throw error;
}
console.log(JSON.stringify({ calls, code }));
