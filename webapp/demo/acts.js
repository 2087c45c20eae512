// The steps that stories share: write a message, wait for a condition, look for a message.
const PATIENCE = 60_000; // ms; the machine may be slow

/** Write a message on a phone. It is stored there when this resolves, and is sent by itself. */
export const write = (phone, space, text) => {
  const { client } = phone;
  return client.do("message.send", { space, id: client.id(), text, origin: "person" });
};

/** Return a function that tells whether the newest sent message on a phone has this text. */
export const shows = (phone, space, text) => () => {
  const messages = phone.client.records({ kind: "message", space }).value;
  return messages.findLast((row) => row.stored)?.data.text === text;
};

/** Wait until `isSo` returns true; throws an Error that names `what` after `patience` ms. */
export async function until(what, isSo, patience = PATIENCE) {
  const end = Date.now() + patience;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`${what} did not happen.`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
