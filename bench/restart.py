"""A restart under a herd: 2,000 connected phones are told to come back, and each has messages to send when it does.

The phones come back after the wait that the server told each of them, or, for comparison, all at once. Each phone is
caught up first and then sends its messages, each as soon as the one before is acknowledged. The database must hold each
message once, in order.
"""

import asyncio
import signal
import time
from collections.abc import Sequence

import psutil

from bench import past
from bench.client import message, sentence
from bench.meter import cpu, megabytes
from bench.phones import PHONES, Visitor, by_turns, known, people, unlimited
from bench.report import Result, Sample, medians, percentile
from bench.stage import Server, Stage, beside
from bench.standing import Standing

QUEUED = 5  # messages of each phone
COLUMNS = (
    "2,000 phones",
    "all back s",
    "told within s",
    "let in p50 ms",
    "p99",
    "all sent p50 ms",
    "p99",
    "peak MB",
    "worker ms/phone",
    "load CPU %",
)
CELLS = ("seconds", "told", "in_p50", "in_p99", "sent_p50", "sent_p99", "peak_mb", "worker_ms", "load_percent")


class Comer:
    """A phone that is connected, and comes back when its server restarts."""

    def __init__(self, address: str, visitor: Visitor, space: str) -> None:
        self._address, self._visitor, self.space = address, visitor, space
        self.outbox = [message(space, sentence()) for _ in range(QUEUED)]
        self._phone = self._new()

    async def connect(self) -> None:
        await self._phone.connect()

    async def told(self) -> float:
        """Wait for the restart; return the ms after which this phone shall come back."""
        wait = await self._phone.restarted()
        self._phone.leave()
        return wait

    async def come_back(self, wait: float) -> tuple[float, float]:
        """Come back after ``wait`` ms and send all messages; return the ms until let in, and until all are sent."""
        await asyncio.sleep(wait / 1000)
        start = time.perf_counter()
        self._phone = self._new()
        await self._phone.connect()
        let_in = time.perf_counter() - start
        for one in self.outbox:
            if not await self._phone.is_alive("mutate", one):
                raise RuntimeError(f"refused: {one}")
        return let_in * 1000, (time.perf_counter() - start) * 1000

    def leave(self) -> None:
        self._phone.leave()

    def _new(self) -> Standing:
        return Standing(self._address, self._visitor.token, self._visitor.cursor)


def run(repeats: int) -> Result:
    """Restart the worker, by turns with phones that wait as they were told and with phones that do not wait."""
    unlimited()
    samples: dict[str, list[Sample]] = {"when told": [], "at once": []}
    with beside() as stage:
        spaces = people(stage, PHONES)
        for _ in range(repeats):
            for name, found in samples.items():
                found.append(asyncio.run(_measured(stage, spaces, heeding=name == "when told")))
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result(f"2,000 phones whose worker restarts, {QUEUED} messages queued on each", COLUMNS, rows, samples)


async def _measured(stage: Stage, spaces: dict[str, str], *, heeding: bool) -> Sample:
    """Let all phones connect, restart the worker, and wait until all messages are sent."""
    server, before = stage.server, past.heads(stage.mongo, spaces.values())
    visitors = zip(known(stage, spaces), spaces.values(), strict=True)
    phones = [Comer(server.address, visitor, space) for visitor, space in visitors]
    await by_turns(phones, Comer.connect)
    old = server.worker
    server.process.send_signal(signal.SIGHUP)
    waits = await asyncio.gather(*(phone.told() for phone in phones))
    own, start = time.process_time(), time.perf_counter()
    coming = (phone.come_back(wait if heeding else 0) for phone, wait in zip(phones, waits, strict=True))
    times = await asyncio.gather(*coming)
    seconds, own = time.perf_counter() - start, time.process_time() - own
    worker = _successor(server, old)
    for phone in phones:
        phone.leave()
    _require_stored(stage, phones, before)
    let_in, sent = zip(*times, strict=True)
    return {
        "seconds": seconds,
        "told": max(waits) / 1000,
        "in_p50": percentile(let_in, 50),
        "in_p99": percentile(let_in, 99),
        "sent_p50": percentile(sent, 50),
        "sent_p99": percentile(sent, 99),
        "peak_mb": megabytes(worker, "VmHWM"),
        "worker_ms": cpu(worker) * 1000 / len(phones),
        "load_percent": own / seconds * 100,
    }


def _successor(server: Server, old: psutil.Process) -> psutil.Process:
    (new,) = (worker for worker in server.workers if worker != old)
    return new


def _require_stored(stage: Stage, phones: Sequence[Comer], before: dict[str, int]) -> None:
    """Raise RuntimeError unless each space holds exactly the messages that its phone sent, in order."""
    spaces = [phone.space for phone in phones]
    found: dict[str, list[tuple[int, str]]] = {space: [] for space in spaces}
    for row in stage.mongo.records.find({"kind": "message"}, {"space": 1, "seq": 1, "id": 1}):
        if row["seq"] > before[row["space"]]:
            found[row["space"]].append((row["seq"], row["id"]))
    for phone in phones:
        sent = [one["args"]["id"] for one in phone.outbox]
        if [message_id for _, message_id in sorted(found[phone.space])] != sent:
            raise RuntimeError(f"{phone.space} does not hold what its phone sent")
