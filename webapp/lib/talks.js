// Conversations for views: the other person, the state, and whether the user can write.
import { beside, useReadable, useRecords } from "./beside.js";
import { upper } from "./choices.js";
import { t } from "./words.js";

const WRITABLE = new Set(["active", "handover"]);

/** Return the user's conversations, newest message first and ended ones last. */
export function useTalks() {
  const spaces = useReadable(() => beside.spaces);
  const pairings = useRecords({ kind: "pairing" });
  const messages = useRecords({ kind: "message" });
  const talks = spaces.map((mine) => talk(mine, pairings.find((row) => row.space === mine.space)));
  const newest = (space) => messages.findLast((row) => row.space === space)?.data.sent_at ?? 0;
  const found = talks.filter((one) => one.state && one.state !== "invited");
  return found.map((one) => ({ ...one, unread: beside.unread(one.space), newest: newest(one.space) }))
    .sort((one, other) => (one.state === "ended") - (other.state === "ended") || other.newest - one.newest);
}

/** Return one conversation, or undefined if the user has none in this space. */
export function useTalk(space) {
  const spaces = useReadable(() => beside.spaces);
  const pairing = useRecords({ kind: "pairing", space }, [space]).at(-1);
  const mine = spaces.find((one) => one.space === space);
  return mine && talk(mine, pairing);
}

function talk({ space, member, role }, pairing) {
  const members = pairing?.data.members ?? {};
  const other = Object.keys(members).find((one) => one !== member);
  const state = pairing?.data.state;
  const { role: theirs = role === "peer" ? "specialist" : "peer", name: given, words } = members[other] ?? {};
  const name = given ?? t(`someone.${words === "unnamed" ? "left" : theirs}`);
  const title = given ?? upper(name); // for a name that is not inside a sentence
  return { space, me: member, role, other, name, title, state, words, pairing, id: space.slice("pair:".length), canWrite: WRITABLE.has(state) };
}
