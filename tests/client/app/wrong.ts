/** What must not compile: each line that the compiler is told to expect an error in would be refused by the server. */

import type { Beside } from "@beside/client";

export function wrong(beside: Beside, space: string): void {
  const id = beside.id();
  // @ts-expect-error: whose words it carries must be said
  void beside.do("message.send", { space, id, text: "hello" });
  // @ts-expect-error: there is no such origin for a client
  void beside.do("message.send", { space, id, text: "hello", origin: "machine" });
  // @ts-expect-error: there is no such command
  void beside.do("message.shout", { space, id, text: "hello", origin: "person" });
  // @ts-expect-error: there is no such argument
  void beside.do("note.put", { id, title: "mine", colour: "red" });
  // @ts-expect-error: a title is a text
  void beside.do("note.put", { id, title: 7 });
  // @ts-expect-error: there is no such kind of record
  beside.records({ kind: "secret" });
  // @ts-expect-error: a message has no title
  beside.records({ kind: "message" }).value.map(({ data }) => data.title);
}
