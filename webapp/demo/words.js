// The texts of the demo page. It is for developers, and in English; the apps use the user's language.
const WORDS = {
  title: "Two phones",
  about:
    "Ann and Sam are made up, their phones are real: each is the app in a frame, with its own storage. Write on one of " +
    "them, switch its network off, or let a story tell itself. Between them is what really happens.",
  loading: "Two people are being introduced to each other.",
  elsewhere: "The demo is open in another tab of this browser. Close it there, then reload this page.",
  "none.not_found": "There is no demo on this server. Its operator can set DEMO=on.",
  "none.rate_limited": "Enough demos were opened from here for now. Come back in {minutes} minutes.",
  "none.try_later": "As many demos are open as there can be. Come back in {minutes} minutes.",
  "none.offline": "The server does not answer. Reload this page when it is back.",
  over: "This hour is over: the two are gone, and so is what they wrote.",
  again: "Two new people",
  phone: "{name}’s phone",
  airplane: "Airplane mode",
  between: "Between them",
  stories: "Stories that tell themselves",
  shown: "What is shown",
  "outbox.empty": "Nothing waits.",
  "outbox.waits": "{things} waits to be sent.",
  "outbox.many": "{count} things wait to be sent: {things}.",
  has: "Has the conversation up to number {seq}.",
  "cursor.none": "It has not asked the server for anything yet.",
  nothing: "Nothing has happened yet.",
  "cut.on": "{name}’s phone has no network any more.",
  "cut.off": "{name}’s phone has its network back.",
  "up.connect": "{name}’s phone connects.",
  "up.push": "{name}’s phone sends {things}.",
  "up.sync": "{name}’s phone sends {things}, and asks what is new.",
  "up.mutate": "{name}’s phone sends {things} before all else.",
  "up.pull": "{name}’s phone asks what is new since its cursor.",
  "up.pull.first": "{name}’s phone asks for everything: it has no cursor yet.",
  stored: "The server has stored it as {numbers}.",
  "stored.many": "The server has stored {count} things, as {numbers}.",
  "stored.same": "The server has stored it.",
  refused: "The server says no, for good: {message}",
  later: "The server says: not now, send it again.",
  "down.pull.none": "The server says to {name}’s phone: nothing is new.",
  "down.pull": "The server sends {count} changes to {name}’s phone, and a new cursor.",
  "down.pull.one": "The server sends 1 change to {name}’s phone, and a new cursor.",
  "down.change": "{name}’s phone hears at once: number {seq} is {thing}.",
  "down.change.own": "{name}’s phone hears at once: {thing}, for {name} alone.",
  "down.missed": "{name}’s phone has missed something, and will ask.",
  "down.disconnect": "The connection of {name}’s phone has ended.",
  "say.equal": "Both phones have the same {count} records, line by line.",
  "say.unequal": "The two phones differ. That must never happen.",
  "say.failed": "This story stopped: {message}",
  "compare.lines": "The lines of both phones",
  "compare.line": "Line",
  "compare.ann": "Ann",
  "compare.sam": "Sam",
  "compare.number": "number {seq}",
};

const THINGS = {
  "message.send": "a message", "message.edit": "an edit of a message", "message.delete": "a deletion",
  "position.delivered": "how far messages have arrived", "position.read": "how far was read",
  "session.open": "“let us talk until …”", "session.extend": "“let us talk longer”", "session.close": "closing words",
  "disclosure.invite": "an invitation to open together", "disclosure.seal": "a sealed card", "ack.set": "an acknowledgement",
  "sos.raise": "a call for help", message: "a message", ack: "an acknowledgement", receipt: "a receipt",
  position: "how far messages have arrived", session: "until when the two talk", disclosure: "what the two open together",
  card: "a sealed card", pairing: "how the two stand", agreement: "the agreement", handover: "what happens now",
  membership: "a conversation", promise: "a promise", question: "a question", step: "a step", strength: "a strength",
};

/** Return the text of a key; `{name}` is replaced. */
export const t = (key, values = {}) => WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Tell whether a key has a text. */
export const has = (key) => key in WORDS;

/** Return the name that people read for a command or a kind of record. */
export const thing = (name) => THINGS[name] ?? name;

/** Return the names of commands, each once with its count: "2 × a message, a sealed card". */
export function things(names) {
  const counts = new Map();
  for (const name of names.map(thing)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count > 1 ? `${count} × ${name}` : name)).join(", ");
}
