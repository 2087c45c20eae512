// What crosses the wire, in words: one sentence for each request, answer and event of a phone.
import { t, thing, things } from "./words.js";

const MINOR = new Set(["position", "receipt"]);

/** Return {words, isMinor} for an event of the client's trace, or null for an event with nothing to tell. */
export function told(name, event, space) {
  const body = event.body ?? {};
  if (event.direction === "up") return asked(name, event.what, body);
  if (event.what === "change") return heard(name, body, space);
  if (event.what === "missed" || event.what === "disconnect") return major(t(`down.${event.what}`, { name }));
  return answered(name, body);
}

function asked(name, what, body) {
  if (what === "connect") return major(t("up.connect", { name }));
  if (what === "pull") return { words: t(body.cursor ? "up.pull" : "up.pull.first", { name }), isMinor: Boolean(body.cursor) };
  const names = (body.mutations ?? [body]).map((mutation) => mutation.name);
  return { words: t(`up.${what}`, { name, things: things(names) }), isMinor: names.every(isMinor) };
}

function answered(name, body) {
  const outcomes = body.outcomes ?? ("ok" in body ? [body] : []);
  const said = [...(outcomes.length > 0 ? [stored(outcomes)] : []), ...refusals(outcomes)];
  if (body.later) said.push(t("later"));
  if (body.changes && !("ok" in body)) said.push(fetched(name, body.changes.length));
  const changes = [...outcomes.flatMap((outcome) => outcome.changes ?? []), ...(outcomes.length > 0 ? [] : body.changes ?? [])];
  return said.length > 0 ? { words: said.filter(Boolean).join(" "), isMinor: changes.every((change) => MINOR.has(change.kind)) } : null;
}

function stored(outcomes) {
  const good = outcomes.filter((outcome) => outcome.ok);
  if (good.length === 0) return "";
  const shared = good.flatMap((outcome) => outcome.changes ?? []).filter((change) => change.space.startsWith("pair:"));
  const seqs = shared.map((change) => change.seq);
  if (seqs.length === 0) return t("stored.same");
  const numbers = seqs.length > 1 ? `numbers ${Math.min(...seqs)} to ${Math.max(...seqs)}` : `number ${seqs[0]}`;
  return good.length > 1 ? t("stored.many", { count: good.length, numbers }) : t("stored", { numbers });
}

const refusals = (outcomes) =>
  outcomes.filter((outcome) => outcome.error).map((outcome) => t("refused", { message: outcome.error.message }));

function fetched(name, count) {
  return t(count === 0 ? "down.pull.none" : count === 1 ? "down.pull.one" : "down.pull", { name, count });
}

function heard(name, { space, seq, change }, shared) {
  const key = space === shared ? "down.change" : "down.change.own";
  return { words: t(key, { name, seq, thing: thing(change.kind) }), isMinor: MINOR.has(change.kind) };
}

const major = (words) => ({ words, isMinor: false });
const isMinor = (name) => MINOR.has(name.split(".")[0]);
