"""A conversation of the load: one phone writes, others receive, and every message is checked where it arrives.

A message is over when its sender has the acknowledgement and each receiver has the frame with the message's id. Each of
these must come exactly once; frames that overtake others are counted.
"""

import asyncio
import time
from functools import partial
from typing import Any

import orjson

from bench.client import message, sentence
from bench.wire import Wire

ACK = -1  # stands for the sender's acknowledgement; receivers are numbered from 0
TEXTS = [sentence(120) for _ in range(100)]

Plan = dict[str, Any]


class Tally:
    """The counts while ``open`` is True, with times in ms; and the first failure at any time."""

    def __init__(self) -> None:
        self.open = self.over = False
        self.acks: list[float] = []
        self.deliveries: list[float] = []
        self.messages = self.total = self.overtaken = 0
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def fail(self, why: str) -> None:
        if not self.failed.done():
            self.failed.set_result(why)

    async def wait(self, seconds: float) -> None:
        """Wait for ``seconds``; raises RuntimeError as soon as anything fails."""
        await asyncio.wait({self.failed}, timeout=seconds)
        if self.failed.done():
            raise RuntimeError(self.failed.result())


class Message:
    """A message in flight."""

    __slots__ = ("asked", "frame", "id", "number", "sent", "waiting")

    def __init__(self, number: int, asked: Plan, waiting: set[int]) -> None:
        self.number, self.asked, self.id, self.waiting = number, asked["id"], asked["args"]["id"], waiting
        self.frame = b""
        self.sent = time.perf_counter()


class Conversation:
    """Phones in one space, one of which writes. If ``eager``, each message that is over is followed by the next one."""

    def __init__(self, address: str, plan: Plan, tally: Tally) -> None:
        self._space, self._tally, self._number, self.eager = plan["space"], tally, 0, True
        self._sender = Wire(address, plan["sender"], self._acknowledged, tally.fail)
        heard = (partial(self._delivered, place) for place in range(len(plan["receivers"])))
        self._receivers = [Wire(address, *one, tally.fail) for one in zip(plan["receivers"], heard, strict=True)]
        self._last = [0] * len(self._receivers)
        self._by_number: dict[int, Message] = {}
        self._by_id: dict[str, Message] = {}
        self._by_frame: dict[bytes, Message] = {}  # receivers of one message get the same bytes: these are parsed once

    @property
    def wires(self) -> list[Wire]:
        return [self._sender, *self._receivers]

    def missing(self) -> list[str]:
        """Return a text for each acknowledgement and frame in flight that has not come yet."""
        return [
            f"{'the acknowledgement' if what == ACK else f'frame {what}'} of {sent.number} in {self._space}"
            for sent in self._by_id.values()
            for what in sent.waiting
        ]

    def send(self) -> None:
        """Send the next message."""
        self._number += 1
        asked = message(self._space, TEXTS[self._number % len(TEXTS)])
        sent = Message(self._number, asked, {ACK, *range(len(self._receivers))})
        self._by_number[sent.number] = self._by_id[sent.id] = sent
        self._sender.send(b"42%d" % sent.number + orjson.dumps(["mutate", asked]))

    def _acknowledged(self, packet: bytes) -> None:
        """Check the outcome of a message. The sender also gets the frame of its own message, which is ignored."""
        if packet.startswith(b"42"):
            return
        head, _, body = packet.partition(b"[")
        outcome, sent = orjson.loads(body[:-1]), self._by_number.get(int(head[2:]))
        if sent is None or not outcome["ok"] or (outcome["id"], outcome["changes"][0]["id"]) != (sent.asked, sent.id):
            self._tally.fail(f"Not the outcome: {packet!r}")
        else:
            self._step(sent, ACK, self._tally.acks)

    def _delivered(self, place: int, packet: bytes) -> None:
        """Check that the frame that arrived belongs to a message in flight."""
        sent = self._by_frame.get(packet) or self._read(packet)
        if sent is None:
            self._tally.fail(f"Not a message in flight: {packet!r}")
            return
        self._tally.overtaken += sent.number < self._last[place]
        self._last[place] = max(self._last[place], sent.number)
        self._step(sent, place, self._tally.deliveries)

    def _read(self, packet: bytes) -> Message | None:
        event, frame = orjson.loads(packet[2:])
        sent = self._by_id.get(frame["change"]["id"]) if event == "change" else None
        if sent is not None:
            self._by_frame[packet], sent.frame = sent, packet
        return sent

    def _step(self, sent: Message, what: int, times: list[float]) -> None:
        """Record that one acknowledgement or frame of a message has come; the message is over after the last one."""
        if what not in sent.waiting:
            self._tally.fail(f"{'A frame' if what >= 0 else 'An acknowledgement'} came twice.")
        sent.waiting.discard(what)
        if self._tally.open:
            times.append((time.perf_counter() - sent.sent) * 1000)
        if not sent.waiting:
            del self._by_number[sent.number], self._by_id[sent.id]
            self._by_frame.pop(sent.frame, None)
            self._tally.total += 1
            self._tally.messages += self._tally.open
            if self.eager and not self._tally.over:
                self.send()
