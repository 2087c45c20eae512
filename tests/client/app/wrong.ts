/** Code that must not compile: the server would refuse each line that is marked for the compiler. */

import type { Beside } from "@beside/client";

export function wrong(beside: Beside, space: string): void {
  const id = beside.id();
  // @ts-expect-error: `origin` is missing
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
