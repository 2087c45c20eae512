/** Optimistic rows: the probable results of waiting mutations. They are shown, and never stored as records. */

import { parse } from "./clock.js";
import { ROW_COMMANDS, type CommandName } from "./generated.js";
import { idOf, privateSpace, type Change, type Mutation } from "./protocol.js";

/** The records that a guess may read: as they are shown, with the results of all mutations before this one. */
export interface Shown {
  readonly user: string;
  /** Return the user's member in a space. */
  member(space: string): string | undefined;
  record(space: string, kind: string, id: string): Change | undefined;
  records(kind: string, space?: string): Iterable<Change>;
}

/** A guessed record: `data` is merged into the data of the present record; null deletes the record. */
export interface Guessed {
  readonly space: string;
  readonly kind: string;
  readonly id: string;
  readonly data: Readonly<Record<string, unknown>> | null;
}

export type Guess<N extends CommandName = CommandName> = (mutation: Mutation<N>, shown: Shown) => readonly Guessed[];

/** How a command writes a row of its kind. Its args are the fields of the data, with these exceptions. */
export interface RowCommand {
  readonly id?: string; // the arg that names the record, if that is not `id`
  readonly fields?: Readonly<Record<string, string>>; // {arg: field} if their names differ
  readonly drops?: readonly string[]; // args that the record does not hold
  readonly sets?: Readonly<Record<string, unknown>>; // fields that it sets to these values
  readonly time?: string; // the field with the time of a new record
  readonly deletes?: boolean;
}

/** Return the probable result of a mutation: by the app's guess, a special one, or the rule of its command. */
export function guess(mutation: Mutation, shown: Shown, own: Readonly<Record<string, Guess>>): readonly Guessed[] {
  const special = own[mutation.name] ?? SPECIAL[mutation.name];
  if (special !== undefined) return special(mutation, shown);
  const rule = ROW_COMMANDS[mutation.name];
  return rule === undefined ? [] : byRule(rule, mutation, shown);
}

const SPECIAL: Readonly<Record<string, Guess<any>>> = {
  "ack.set": ({ args: { space, message, ...sorts } }, shown) => {
    const member = shown.member(space);
    return member === undefined ? [] : [{ space, kind: "ack", id: `${message}.${member}`, data: { message, ...sorts } }];
  },
  "position.delivered": ({ args }, shown) => position("delivered", args, shown),
  "position.read": ({ args }, shown) => position("read", args, shown),
};

/** Return the user's position in a space after it has moved; it never goes back. */
function position(field: string, { space, seq }: { space: string; seq: number }, shown: Shown): readonly Guessed[] {
  const own = privateSpace(shown.user);
  const before = shown.record(own, "position", idOf(space))?.data as Record<string, number> | undefined;
  const data = { where: space, [field]: Math.max(seq, before?.[field] ?? 0) };
  return [{ space: own, kind: "position", id: idOf(space), data }];
}

function byRule(rule: RowCommand, mutation: Mutation, shown: Shown): readonly Guessed[] {
  const { space, ...args } = mutation.args as { space?: string } & Record<string, unknown>;
  const kind = mutation.name.slice(0, mutation.name.indexOf("."));
  const isAboutSpace = rule.fields?.["space"] !== undefined; // a private record about a space, such as a block
  const given = rule.id ?? "id";
  const named = nameIn(rule, kind, isAboutSpace ? undefined : space, isAboutSpace ? idOf(space!) : args[given], shown);
  if (named === undefined) return [];
  if (rule.deletes) return [{ ...named, kind, data: null }];
  const data: Record<string, unknown> = { ...rule.sets };
  for (const arg of [given, ...(rule.drops ?? [])]) delete args[arg];
  for (const [arg, value] of Object.entries(isAboutSpace ? { ...args, space } : args)) data[rule.fields?.[arg] ?? arg] = value;
  if (rule.time !== undefined) data[rule.time] = parse(mutation.at)[0];
  return [{ ...named, kind, data }];
}

type Named = { readonly space: string; readonly id: string };

/** Return which record a mutation is about: the one that it names, or the latest or only one of its kind. */
function nameIn(rule: RowCommand, kind: string, space: string | undefined, id: unknown, shown: Shown): Named | undefined {
  const own = privateSpace(shown.user);
  if (typeof id === "string") return { space: space ?? (rule.id === "pairing" ? `pair:${id}` : own), id };
  if (space !== undefined && kind === "session") return { space, id: space.slice(space.indexOf(":") + 1) };
  if (space !== undefined && kind === "letter") return { space, id: shown.member(space) ?? "" };
  const [latest] = [...shown.records(kind, space ?? own)].sort((one, other) => other.seq - one.seq);
  return latest ?? (space === undefined ? { space: own, id: "me" } : undefined);
}
