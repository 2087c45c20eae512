"""The load: conversations in a closed loop, in a process of its own.

`python -m bench.load` reads a plan from its input and prints a tally; both are JSON.
Each conversation has a sender and a receiver. Its one message in flight is over when the sender has the
acknowledgement and the receiver has the frame with the message's id; then the next one is sent.
"""

import asyncio
import gc
import sys
import time
from typing import Any

import orjson
import psutil
import uuid_utils

from bench.client import message, sentence
from bench.meter import cpu
from bench.report import percentile
from bench.wire import Wire

Plan = dict[str, Any]
TEXTS = [sentence(120) for _ in range(100)]


class Tally:
    """What is counted while it is ``open``, times in ms; and the first thing that went wrong at any time."""

    def __init__(self) -> None:
        self.open = self.over = False
        self.acks: list[float] = []
        self.deliveries: list[float] = []
        self.messages = self.total = 0
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def fail(self, why: str) -> None:
        if not self.failed.done():
            self.failed.set_result(why)

    async def wait(self, seconds: float) -> None:
        """Let time pass; raises RuntimeError as soon as anything fails."""
        await asyncio.wait({self.failed}, timeout=seconds)
        if self.failed.done():
            raise RuntimeError(self.failed.result())


class Conversation:
    """Two phones in one space, one of them writing."""

    def __init__(self, address: str, plan: Plan, tally: Tally) -> None:
        self.space, self.tally, self.number = plan["space"], tally, 0
        self.sender = Wire(address, plan["sender"], self.acknowledged, tally.fail)
        self.receiver = Wire(address, plan["receiver"], self.delivered, tally.fail)
        self.idle = True

    def send(self) -> None:
        """Send the next message."""
        self.number += 1
        asked = message(self.space, TEXTS[self.number % len(TEXTS)])
        self.asked, self.id = asked["id"], asked["args"]["id"]
        self.waiting, self.idle = {"ack", "frame"}, False
        self.sent = time.perf_counter()
        self.sender.send(b"42%d" % self.number + orjson.dumps(["mutate", asked]))

    def acknowledged(self, packet: bytes) -> None:
        """Check the outcome of the message. The sender's own frames are a cost, and no news."""
        if packet.startswith(b"42"):
            return
        head, _, body = packet.partition(b"[")
        outcome = orjson.loads(body[:-1])
        right = head == b"43%d" % self.number and outcome["ok"] and outcome["id"] == self.asked
        if not right or outcome["changes"][0]["id"] != self.id:
            self.tally.fail(f"Not the outcome: {packet!r}")
        self._step("ack", self.tally.acks)

    def delivered(self, packet: bytes) -> None:
        """Check that the frame that arrived is the message."""
        event, frame = orjson.loads(packet[2:])
        if event != "change" or frame["change"]["id"] != self.id:
            self.tally.fail(f"Not the message: {packet!r}")
        self._step("frame", self.tally.deliveries)

    def _step(self, what: str, times: list[float]) -> None:
        """Take note of half of what a message is waiting for; after the other half, send the next one."""
        if what not in self.waiting:
            self.tally.fail(f"A second {what} came.")
        self.waiting.discard(what)
        if self.tally.open:
            times.append((time.perf_counter() - self.sent) * 1000)
        if not self.waiting:
            self.tally.total += 1
            self.tally.messages += self.tally.open
            self.idle = self.tally.over
            if not self.idle:
                self.send()


async def run(plan: Plan) -> dict[str, float]:
    """Connect everybody, write for a while, and return what was counted in the middle of it."""
    tally = Tally()
    conversations = [Conversation(plan["address"], one, tally) for one in plan["conversations"]]
    wires = [wire for conversation in conversations for wire in (conversation.sender, conversation.receiver)]
    await asyncio.gather(*(wire.open() for wire in wires))
    for conversation in conversations:
        conversation.send()
    await tally.wait(plan["warmup"])
    counted = await _counted(tally, plan)
    tally.over = True
    while not all(conversation.idle for conversation in conversations):
        await tally.wait(0.01)
    for wire in wires:
        wire.close()
    return {**counted, "total": tally.total}


async def _counted(tally: Tally, plan: Plan) -> dict[str, float]:
    """Count for so many seconds; CPU time of the server's processes and of ourselves over just that time."""
    servers = {name: psutil.Process(pid) for name, pid in plan["processes"].items()}
    before, start, own = {name: cpu(it) for name, it in servers.items()}, time.perf_counter(), time.process_time()
    tally.open = True
    await tally.wait(plan["seconds"])
    tally.open = False
    seconds, own = time.perf_counter() - start, time.process_time() - own
    costs = {f"{name}_us": (cpu(it) - before[name]) * 1e6 / tally.messages for name, it in servers.items()}
    return {
        "per_second": tally.messages / seconds,
        "ack_p50": percentile(tally.acks, 50),
        "ack_p99": percentile(tally.acks, 99),
        "delivery_p50": percentile(tally.deliveries, 50),
        "delivery_p99": percentile(tally.deliveries, 99),
        **costs,
        "load_percent": own / seconds * 100,
    }


if __name__ == "__main__":
    uuid_utils.uuid7()
    gc.disable()
    print(orjson.dumps(asyncio.run(run(orjson.loads(sys.stdin.buffer.read())))).decode())
