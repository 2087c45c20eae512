// A specialist vanishes: the peer is told the truth, and keeps all messages.
import { shows, until } from "../acts.js";

export async function run({ ann, sam, space, say, pause, end }) {
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
