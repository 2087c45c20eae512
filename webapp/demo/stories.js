// Six stories that tell themselves. Each does on the phones what people do, says what happens, and ends with both equal.
import { until } from "./phones.js";

const HOUR = 3_600_000;
const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOURS = ["morning", "noon", "night"];

const write = (phone, space, text) => phone.client.do("message.send", { space, id: phone.client.id(), text, origin: "person" });
const last = (phone, space) => phone.client.records({ kind: "message", space }).value.filter((row) => row.stored).at(-1);
const shows = (phone, space, text) => () => last(phone, space)?.data.text === text;

async function tunnel({ ann, sam, space, say, pause }) {
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

async function sameLine({ ann, sam, space, say, pause }) {
  await say("The two say until when they talk. That is one line, and both can change it.");
  const soon = Date.now();
  const session = () => ann.client.records({ kind: "session", space }).value.at(-1);
  if ((session()?.data.state ?? "closed") === "closed") await ann.client.do("session.open", { space, until: soon + HOUR / 2 });
  await until("Sam’s phone hearing of it", () => sam.client.records({ kind: "session", space }).value.at(-1)?.data.state === "open");
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

async function lostAnswer({ ann, sam, space, say, pause }) {
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

async function week({ ann, sam, space, say, pause }) {
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

async function together({ ann, sam, space, say, pause }) {
  const id = ann.client.id();
  await say("Ann invites Sam to open something together: each writes a card, and both are opened in the same instant, or neither is.");
  await ann.client.do("disclosure.invite", { space, id, theme: "What helps at night" });
  const state = (phone) => phone.client.record("disclosure", id, space).value?.data.state;
  await until("the invitation arriving", () => state(sam) === "invited");
  await pause();
  await say("Ann seals her card in a tunnel. It waits on her phone.");
  ann.cut();
  await ann.client.do("disclosure.seal", { space, id, text: "The radio, very low." });
  await pause();
  ann.restore();
  await until("the card being sealed", () => state(sam) === "sealed");
  const known = JSON.stringify(sam.client.records({ kind: "disclosure", space }).value);
  if (known.includes("The radio")) throw new Error("Sam’s phone can read the sealed card.");
  await say("Sam’s phone knows that she has sealed it. Of what it says, not a letter is on his phone.");
  await pause();
  await say("Sam seals his. Now one record gets both texts, at one number: no phone ever has one without the other.");
  await sam.client.do("disclosure.seal", { space, id, text: "To open the window." });
  await until("both being opened", () => state(ann) === "opened" && state(sam) === "opened");
}

async function vanishing({ ann, sam, space, say, pause, end }) {
  await say("Sam is gone from one hour to the next, and cannot say goodbye. The programme takes him out of service.");
  await ann.client.do("message.send", { space, id: ann.client.id(), text: "Are you there?", origin: "person" });
  await until("the message arriving", shows(sam, space, "Are you there?"));
  await pause();
  await sam.client.request("POST", "/demo/vanish");
  const ended = (phone) => phone.client.records({ kind: "pairing", space }).value.at(-1)?.data.state === "ended";
  await until("the end arriving", () => ended(ann) && ended(sam));
  await say("Ann gets honest words before the end, and the name of somebody to turn to. Everything both wrote stays hers.");
  await pause();
  end();
}

/** The stories: {id, title, run}. `run` takes {ann, sam, space, say, pause, end}. */
export const STORIES = [
  { id: "tunnel", title: "Write in a tunnel", run: tunnel },
  { id: "line", title: "Edit the same line apart", run: sameLine },
  { id: "answer", title: "The answer gets lost", run: lostAnswer },
  { id: "week", title: "Phone away for a week", run: week },
  { id: "together", title: "Open together", run: together },
  { id: "vanishing", title: "A specialist vanishes", run: vanishing },
];
