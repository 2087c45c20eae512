// Compares two replicas, record by record.
import { thing } from "./words.js";

const SHARED = [
  "pairing", "agreement", "message", "ack", "receipt", "session", "disclosure", "promise", "question", "step", "strength",
  "suggestion", "repair", "letter", "milestone", "introduction", "story_card", "handover",
];
const COMPARED = ["id", "kind", "seq", "first_seq", "author", "at", "data"]; // the others differ between phones

/**
 * Return [{first, words, ann, sam, isSame}…]: each record that at least one phone has, by its first_seq (`first`).
 * `ann` and `sam` are {row, text}, or undefined where the phone has no such record.
 */
export function compared(ann, sam, space) {
  const [left, right] = [ann, sam].map((phone) => lines(phone, space));
  const names = [...new Set([...left.keys(), ...right.keys()])];
  const rows = names.map((name) => {
    const [one, other] = [left.get(name), right.get(name)];
    const { row } = one ?? other;
    return { first: row.first_seq, words: worded(row), ann: one, sam: other, isSame: one?.text === other?.text };
  });
  return rows.sort((one, other) => one.first - other.first);
}

/** Tell whether both phones have the same records, at least one, and both outboxes are empty. */
export function areEqual(ann, sam, space) {
  const rows = compared(ann, sam, space);
  return rows.length > 0 && rows.every((row) => row.isSame) && [ann, sam].every((phone) => phone.outbox.value.length === 0);
}

function lines(phone, space) {
  const rows = SHARED.flatMap((kind) => phone.records({ kind, space }).value);
  return new Map(rows.map((row) => [`${row.kind} ${row.id}`, { row, text: inOrder(picked(row)) }]));
}

const picked = (row) => Object.fromEntries(COMPARED.map((name) => [name, row[name]]));

/** Return a value as JSON with sorted names, so that equal values give equal texts. */
const inOrder = (value) =>
  JSON.stringify(value, (_, one) =>
    one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one,
  );

function worded({ kind, data }) {
  const text = data.text ?? data.theme ?? data.state?.replaceAll("_", " ") ?? "";
  return text === "" ? thing(kind) : `${thing(kind)}: ${text}`;
}
