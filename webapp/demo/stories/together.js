// Open together: a sealed card is on no other phone, and both cards are opened in the same instant.
import { until } from "../acts.js";

export async function run({ ann, sam, space, say, pause }) {
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
  for (const phone of [ann, sam]) phone.goes(`/talk/${space}/together`);
}
