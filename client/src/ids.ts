/** Ids and well-formed texts, as the server requires them. */

type Random = (bytes: Uint8Array) => Uint8Array;

/** Return a UUIDv7 (RFC 9562, 5.7): 48 bits of the time `now` (ms), then random bits. */
export function uuid7(now: number, random: Random = secure): string {
  const bytes = random(new Uint8Array(16));
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(now / 2 ** (8 * (5 - index))) & 0xff;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Return a value in which every text is well-formed Unicode: half an emoji becomes U+FFFD, as the server reads it. */
export function wellFormed<T>(value: T): T {
  if (typeof value === "string") return value.replace(LONE_SURROGATE, "\ufffd") as T;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, wellFormed(part)])) as T;
}

const LONE_SURROGATE = /[\ud800-\udfff]/gu; // with the flag `u`, a valid pair is one character and does not match

function secure(bytes: Uint8Array): Uint8Array {
  if (typeof crypto === "undefined" || crypto.getRandomValues === undefined) {
    throw new Error("There is no crypto.getRandomValues: import react-native-get-random-values.");
  }
  return crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
}
