// Checks the promises of @beside/client on a fake server: prints {promise: true, or what broke it}.
//
//   node promises.mjs [WORDS] [MS]        only promises with these words; how long each may take

import { PROMISES as here } from "./promises_here.mjs";
import { PROMISES as network } from "./promises_network.mjs";

const [words = "", patience = "60000"] = process.argv.slice(2);
const found = {};
for (const [promise, holds] of Object.entries({ ...here, ...network })) {
  if (!promise.includes(words)) continue;
  const late = new Promise((_, failed) => setTimeout(() => failed(new Error(`not within ${patience} ms`)), Number(patience)));
  found[promise] = await Promise.race([holds(), late]).then(() => true, (error) => `${error.stack}`);
}
console.log(JSON.stringify(found));
process.exit();
