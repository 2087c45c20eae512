// Crisis lines as a phone without a network trusts them: reads {public_key, bundles: [{bundle, signature}…]}, prints
// [lines or null…]: what the bundle says if it is signed, or null if it cannot be trusted.

import { createPublicKey, verify } from "node:crypto";
import { text } from "node:stream/consumers";

const ED25519 = Buffer.from("302a300506032b6570032100", "hex"); // what SPKI writes before the 32 bytes of a key

const { public_key, bundles } = JSON.parse(await text(process.stdin));
const raw = Buffer.from(public_key, "base64");
const key = createPublicKey({ key: Buffer.concat([ED25519, raw]), format: "der", type: "spki" });

const trusted = ({ bundle, signature }) =>
  verify(null, Buffer.from(bundle, "utf8"), key, Buffer.from(signature, "base64")) ? JSON.parse(bundle) : null;

console.log(JSON.stringify(bundles.map(trusted)));
