// Edit the same line apart: both change one field offline, and the merge rule of that field decides.
import { until } from "../acts.js";

const HOUR = 3_600_000; // ms

export async function run({ ann, sam, space, say, pause }) {
  await say("The two say until when they talk. That is one line, and both can change it.");
  const soon = Date.now();
  const session = () => ann.client.records({ kind: "session", space }).value.at(-1);
  if ((session()?.data.state ?? "closed") === "closed") await ann.client.do("session.open", { space, until: soon + HOUR / 2 });
  await until("Sam’s phone hearing of it", () => sam.client.records({ kind: "session", space }).value.at(-1)?.data.state === "open");
  for (const phone of [ann, sam]) phone.goes(`/talk/${space}/hour`);
  await pause();
  await say("Both lose their network, and each changes the line.");
  ann.cut();
  sam.cut();
  await pause();
  const [longest, longer] = [soon + 2 * HOUR, soon + HOUR];
  await sam.client.do("session.extend", { space, until: longest });
  await ann.client.do("session.extend", { space, until: longer });
  await pause();
  await say("Now the two phones show different lines. Sam’s comes back first, with the later end; Ann’s comes later.");
  sam.restore();
  await until("Sam’s change being stored", () => sam.waits.value.length === 0);
  await pause();
  ann.restore();
  await until("both showing the later end", () => [ann, sam].every((one) => one.client.records({ kind: "session", space }).value.at(-1).data.until === longest));
  await say("The rule of this line is: the later end counts. So the order in which they came back does not matter.");
}
