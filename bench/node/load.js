// The load that real clients make: npm's socket.io-client on every phone. It reads a plan as `python -m bench.load`
// does, and prints the same tally; a message is over when its sender and all its receivers have it.
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { io } from "socket.io-client";

const TICKS = 100; // of a second, in which Linux counts CPU time
const PATIENCE = 20_000; // ms for what is in flight to arrive
const TEXTS = Array.from({ length: 100 }, (_, number) => `${number} ${"somebody wrote a few words to somebody ".repeat(4)}`.slice(0, 120));

const plan = JSON.parse(readFileSync(0, "utf8"));
const tally = { open: false, over: false, acks: [], deliveries: [], messages: 0, total: 0, overtaken: 0 };
const inFlight = new Map(); // {id of a message: what is known of it}
let made = 0;

function fail(why) {
  console.error(why);
  process.exit(1);
}

function phone(token) {
  const socket = io(`http://${plan.address}`, { transports: ["websocket"], auth: { token }, reconnection: false, forceNew: true });
  socket.on("disconnect", (why) => tally.done || fail(`A connection was lost: ${why}`));
  return new Promise((met, failed) => socket.on("connect", () => met(socket)).on("connect_error", failed));
}

function id() {
  const now = Date.now().toString(16).padStart(12, "0");
  const rest = (++made).toString(16).padStart(8, "0");
  const random = () => Math.floor(Math.random() * 0x10000).toString(16).padStart(4, "0");
  return `${now.slice(0, 8)}-${now.slice(8)}-7${random().slice(1)}-8${random().slice(1)}-${rest}${random()}`;
}

async function conversation({ space, sender, receivers }) {
  const writes = await phone(sender);
  const last = receivers.map(() => 0);
  let number = 0;

  function step(sent, what, times) {
    if (!sent.waiting.delete(what)) fail(`${what} of a message came twice`);
    if (tally.open) times.push(performance.now() - sent.at);
    if (sent.waiting.size > 0) return;
    inFlight.delete(sent.id);
    tally.total += 1;
    tally.messages += tally.open;
    if (plan.flight && !tally.over) send();
  }

  function send() {
    const own = id();
    const sent = { id: own, number: ++number, at: performance.now(), waiting: new Set(["ack", ...receivers.keys()]) };
    inFlight.set(own, sent);
    const args = { space, id: own, text: TEXTS[number % TEXTS.length], origin: "person" };
    const asked = { id: id(), name: "message.send", at: `${Date.now()}-0`, args };
    writes.emit("mutate", asked, (outcome) => {
      if (!outcome.ok || outcome.id !== asked.id || outcome.changes[0].id !== own) fail(`Not the outcome: ${JSON.stringify(outcome)}`);
      step(sent, "ack", tally.acks);
    });
  }

  for (const [place, token] of receivers.entries()) {
    (await phone(token)).on("change", (frame) => {
      const sent = inFlight.get(frame.change.id);
      if (!sent) fail(`Not a message in flight: ${JSON.stringify(frame)}`);
      tally.overtaken += sent.number < last[place];
      last[place] = Math.max(last[place], sent.number);
      step(sent, place, tally.deliveries);
    });
  }
  return send;
}

/** Send messages when they are due, in turn; returns how late they were sent, in ms. */
async function paced(senders) {
  const lateness = [];
  const start = performance.now();
  while (!tally.over) {
    const due = start + (lateness.length * 1000) / plan.rate;
    await pause(Math.max(0, due - performance.now()));
    senders[lateness.length % senders.length]();
    lateness.push(performance.now() - due);
  }
  return lateness;
}

function crowded(senders) {
  for (const send of senders) for (let number = 0; number < plan.flight; number++) send();
  return [];
}

/** Return the microseconds of CPU time of processes, by name. */
function used() {
  const of = (pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").pop().split(" ");
  const cpu = (pid) => ((Number(of(pid)[11]) + Number(of(pid)[12])) * 1e6) / TICKS;
  return Object.entries(plan.processes).map(([name, pids]) => [name, pids.map(cpu).reduce((one, other) => one + other, 0)]);
}

const percentile = (times, percent) => times.sort((one, other) => one - other)[Math.ceil((times.length * percent) / 100) - 1] ?? 0;

const senders = [];
for (const one of plan.conversations) senders.push(await conversation(one));
await pause(500);
const writing = plan.rate ? paced(senders) : crowded(senders);
await pause(plan.warmup * 1000);
const [before, start, own] = [used(), performance.now(), process.cpuUsage()];
tally.open = true;
await pause(plan.seconds * 1000);
tally.open = false;
const [after, seconds, load] = [used(), (performance.now() - start) / 1000, process.cpuUsage(own)];
tally.over = true;
const late = await writing;
for (let waited = 0; inFlight.size > 0; waited += 10) {
  if (waited > PATIENCE) fail(`${inFlight.size} messages did not arrive`);
  await pause(10);
}
tally.done = true;
const times = { ack: tally.acks, delivery: tally.deliveries };
const quantiles = Object.entries(times).flatMap(([name, all]) => [50, 95, 99].map((percent) => [`${name}_p${percent}`, percentile(all, percent)]));
const costs = before.map(([name, once], at) => [`${name}_us`, (after[at][1] - once) / tally.messages]);
console.log(JSON.stringify({
  per_second: tally.messages / seconds,
  deliveries: tally.deliveries.length / seconds,
  ...Object.fromEntries([...quantiles, ...costs]),
  load_percent: (load.user + load.system) / seconds / 10_000,
  total: tally.total,
  overtaken: tally.overtaken,
  busiest_percent: 100,
  late_p99: percentile(late, 99),
}));
process.exit(0);
