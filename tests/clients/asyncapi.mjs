// What AsyncAPI's own parser makes of a description on standard input: prints {version, operations, complaints}.

import { text } from "node:stream/consumers";
import parser from "@asyncapi/parser";

const { Parser } = parser;
const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
console.log(
  JSON.stringify({
    version: document?.version() ?? null,
    operations: document?.operations().all().map((operation) => operation.id()) ?? [],
    complaints: diagnostics.map(({ severity, code, message, path }) => ({ severity, code, message, path: path.join(".") })),
  }),
);
