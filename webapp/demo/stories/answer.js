// The answer gets lost: the phone sends the message again, and the message is stored once.
import { until, write } from "../acts.js";

export async function run({ ann, sam, space, say, pause }) {
  await say("Ann writes. Her message reaches the server; then the network fails before the answer is back.");
  const text = "Did this arrive?";
  const copies = () => sam.client.records({ kind: "message", space }).value.filter((row) => row.data.text === text).length;
  const before = copies();
  ann.network.loseNextAnswerTo("message.send");
  const { id } = await write(ann, space, text);
  await until("the loss of the answer", () => ann.isCut.value);
  await until("Sam’s phone showing it", () => copies() > before);
  await say("Sam has it. Ann’s phone cannot know that, so it keeps the message in its outbox.");
  await pause();
  await say("The network is back. Her phone sends the same again, with the same id.");
  ann.restore();
  await until("the answer", () => ann.waits.value.every((mutation) => mutation.id !== id));
  await say("The server knows this id, and answers as it did the first time. The message is there once.");
  if (copies() !== before + 1) throw new Error("It is there twice.");
}
