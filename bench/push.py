"""Pushing: an outbox of 500 messages in one request, compared with the same messages in 500 single requests.

The effect on others is measured, too: the longest time that a `mutate` of another phone, in a conversation of its own,
took meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from bench.client import Client, done, message, new_specialist, pairings, person, sentence
from bench.report import Result, Sample, medians
from bench.stage import Stage, beside

MUTATIONS = 500
COLUMNS = ("500 times message.send", "seconds", "mutations/s", "to single", "another phone waits, ms at most")
CELLS = ("seconds", "per_second", "ratio", "other_ms")

Outbox = list[dict[str, Any]]


class Writer:
    """A phone in a conversation of its own."""

    def __init__(self, stage: Stage) -> None:
        address = stage.server.address
        tokens = (new_specialist(stage), person(stage.mongo, "peer"))
        self.phone, peer = (Client(address, token) for token in tokens)
        (self.space,) = pairings(self.phone, [peer])

    def outbox(self, size: int = MUTATIONS) -> Outbox:
        return [message(self.space, sentence()) for _ in range(size)]

    def push(self, outbox: Outbox) -> None:
        """Send an outbox in one request."""
        done(self.phone, outbox)

    def mutate(self, outbox: Outbox) -> None:
        """Send the mutations of an outbox one by one."""
        for mutation in outbox:
            if not self.phone.call("mutate", mutation)["ok"]:
                raise RuntimeError("A message was refused.")


def run(repeats: int) -> Result:
    """Measure both ways in turn, on one keep-alive connection."""
    samples: dict[str, list[Sample]] = {"one push": [], "single mutates": []}
    with beside() as stage:
        writer, other = Writer(stage), Writer(stage)
        for _ in range(repeats):
            pushed, single = _measured(writer, writer.push, other), _measured(writer, writer.mutate, other)
            samples["one push"].append({**pushed, "ratio": pushed["per_second"] / single["per_second"]})
            samples["single mutates"].append({**single, "ratio": 1.0})
    rows = [[name, *(medians(found)[cell] for cell in CELLS)] for name, found in samples.items()]
    return Result("an outbox over HTTP", COLUMNS, rows, samples)


def _measured(writer: Writer, send: Callable[[Outbox], None], other: Writer) -> Sample:
    """Return how long an outbox takes alone, and how long another phone waits while the next one is sent."""
    outbox, following = writer.outbox(), writer.outbox()
    start = time.perf_counter()
    send(outbox)
    seconds = time.perf_counter() - start
    with _writing(other) as waits:
        send(following)
    return {"seconds": seconds, "per_second": MUTATIONS / seconds, "other_ms": max(waits)}


@contextmanager
def _writing(other: Writer) -> Iterator[list[float]]:
    """Let another phone write one message after the other, and collect the ms that each took."""
    waits: list[float] = []
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            outbox = other.outbox(1)
            start = time.perf_counter()
            other.mutate(outbox)
            waits.append((time.perf_counter() - start) * 1000)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        try:
            yield waits
        finally:
            over.set()
        writing.result()
