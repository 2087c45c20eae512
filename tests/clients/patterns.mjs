// Which patterns of a description on standard input JavaScript cannot read: prints {pattern: complaint}.

import { text } from "node:stream/consumers";

const complaints = {};
JSON.parse(await text(process.stdin), (key, value) => {
  if (key === "pattern" && typeof value === "string") {
    try {
      new RegExp(value, "u");
    } catch (error) {
      complaints[value] = error.message;
    }
  }
  return value;
});
console.log(JSON.stringify(complaints));
