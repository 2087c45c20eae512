// Phone away for a week: the waiting message is sent, and one page brings all new changes.
import { until, write } from "../acts.js";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS = ["morning", "noon", "night"];

export async function run({ ann, sam, space, say, pause }) {
  await say("Sam’s phone is lost behind a sofa for a week.");
  sam.cut();
  await pause();
  await say("Ann writes three times a day. Before he lost it, Sam had begun an answer.");
  await write(sam, space, "I will be away for some days, and I will read all of it.");
  for (const day of DAYS) for (const hour of HOURS) await write(ann, space, `${day} ${hour}: I am still here.`);
  await until("the server having all of it", () => ann.waits.value.length === 0);
  await pause();
  await say("The phone is found. It sends what waited, and asks for what is new since its cursor: one page brings the week.");
  sam.restore();
}
