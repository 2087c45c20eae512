// Write in a tunnel: both write, one of them offline; then both phones have both messages.
import { write } from "../acts.js";

export async function run({ ann, sam, space, say, pause }) {
  await say("Ann’s train enters a tunnel.");
  ann.cut();
  await pause();
  await say("She goes on writing. Her words are stored on her phone before anything else.");
  await write(ann, space, "I am on the train to my sister.");
  await pause();
  await write(ann, space, "I do not know yet what I will say.");
  await pause();
  await say("Sam writes at the same time, and knows nothing of this.");
  await write(sam, space, "I am thinking of you today.");
  await pause();
  await say("The tunnel ends. Nobody has to press anything.");
  ann.restore();
}
