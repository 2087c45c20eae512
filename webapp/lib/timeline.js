// The messages of a conversation and the events between them (questions, promises, opened cards …), in order.
import { useRef } from "./html.js";
import { useRecords } from "./beside.js";
import { isSameDay } from "./dates.js";

const EVENTS = ["question", "promise", "disclosure", "suggestion", "session", "repair", "handover"];

/** Return {rows, since, newest}: the rows to show, the id of the first unread one, and the first_seq of the newest message. */
export function useTimeline(space, last) {
  const messages = useRecords({ kind: "message", space, last }, [space, last]);
  const events = EVENTS.flatMap((kind) => useRecords({ kind, space }, [space]));
  const positions = useRecords({ kind: "position", where: (row) => row.data.where === space }, [space]);
  const from = messages[0] && !messages[0].pending ? messages[0].first_seq : 0;
  const shown = [...messages, ...events.filter((row) => row.pending || row.first_seq >= from)].sort(inOrder);
  const opened = useRef({ space: null, since: undefined }); // the first unread row does not move while the user reads
  if (opened.current.space !== space && messages.length > 0) {
    const read = positions.at(-1)?.data.read ?? 0;
    const first = messages.find((row) => !row.mine && !row.pending && row.first_seq > read);
    opened.current = { space, since: read > 0 || first !== messages[0] ? first?.id : undefined };
  }
  return { rows: shown, since: opened.current.since, newest: messages.findLast((row) => !row.pending)?.first_seq };
}

/** Compare rows by first_seq. Rows that only this phone has come last. */
const inOrder = (one, other) => (isNew(one) - isNew(other)) || one.first_seq - other.first_seq;
const isNew = (row) => row.pending && !row.seq;

/** Return [[at, row]…]; `at` is the time of the first message of a day, and null for other rows. */
export function withDays(rows) {
  let last;
  return rows.map((row) => {
    const at = row.kind === "message" ? row.data.sent_at : undefined;
    const begins = at !== undefined && (last === undefined || !isSameDay(at, last));
    if (at !== undefined) last = at;
    return [begins ? at : null, row];
  });
}
