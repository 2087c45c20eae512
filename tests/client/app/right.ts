/** An app that uses `@beside/client` as it should: this compiles, and runs. */

import { BesideError, open, type Beside, type Row } from "@beside/client";
import { SQLiteStore, type SQLiteDatabase } from "@beside/client/sqlite";

/** Send a message, and return its outcome. */
export async function send(beside: Beside, space: string, text: string): Promise<string> {
  const sent = await beside.do("message.send", { space, id: beside.id(), text, origin: "person" });
  const outcome = await sent.outcome;
  return outcome.ok ? "done" : (outcome.error?.code ?? "refused");
}

/** Return the texts of a conversation. */
export function texts(beside: Beside, space: string): string[] {
  const messages: readonly Row<"message">[] = beside.records({ kind: "message", space, last: 50 }).value;
  return messages.map(({ data }) => data.text ?? "");
}

/** Return a phone that stores its data in SQLite. */
export function onSQLite(url: string, database: SQLiteDatabase): Promise<Beside> {
  return open({ url, store: new SQLiteStore(database) });
}

/** Return the code of an error, if it is a BesideError. */
export function code(error: unknown): string | null {
  return error instanceof BesideError ? error.code : null;
}
