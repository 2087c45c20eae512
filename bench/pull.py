"""Pulling: the time of one pull over keep-alive HTTP, by the number of spaces that the phone's user is in."""

import itertools
import time
from typing import Any
from urllib.parse import urlencode

import orjson

from bench.client import API, Client, done, message, new_specialist, pairings, person, sentence
from bench.report import Result, Sample, medians, percentile
from bench.stage import Stage, beside

SPACES = (1, 20, 100)
ROUNDS = 40  # pulls of each sort in one repeat
COLUMNS = ("spaces", "1 changed ms", "to 1 space", "nothing new ms", "to 1 space", "by ETag (304) ms", "to 1 space")
CELLS = ("changed", "unchanged", "etag")


class Reader:
    """An up-to-date phone of a specialist who is in ``spaces`` spaces, and the peers who write to the specialist."""

    def __init__(self, stage: Stage, spaces: int) -> None:
        address = stage.server.address
        writers = [Client(address, person(stage.mongo, "peer")) for _ in range(spaces)]
        self.phone = Client(address, new_specialist(stage))
        self.turns = itertools.cycle(zip(writers, pairings(self.phone, writers), strict=True))
        self.cursor, self.tag = None, ""
        while self._pulled()["more"]:
            pass

    def changed(self) -> float:
        """Return the ms of a pull that brings the one message that is new, in one of the spaces."""
        writer, space = next(self.turns)
        done(writer, [message(space, sentence())])
        return self._timed(1)

    def unchanged(self) -> float:
        """Return the ms of a pull that brings nothing."""
        return self._timed(0)

    def etag(self) -> float:
        """Return the ms of a conditional GET that is answered 304."""
        path = f"{API}/pull?{urlencode({'cursor': self.cursor})}"
        start = time.perf_counter()
        answer = self.phone.ask("GET", path, **{"If-None-Match": self.tag})
        elapsed = time.perf_counter() - start
        if answer.status != 304:
            self.tag = answer.tag or ""
            return self.etag()
        return elapsed * 1000

    def _timed(self, expected: int) -> float:
        start = time.perf_counter()
        page = self._pulled()
        elapsed = time.perf_counter() - start
        if len(page["changes"]) != expected:
            raise RuntimeError(f"expected {expected} changes, not {page['changes']}")
        return elapsed * 1000

    def _pulled(self) -> Any:
        body = orjson.dumps({"cursor": self.cursor})
        page = self.phone.ask("POST", f"{API}/pull", body).body
        self.cursor = page["cursor"]
        return page


def run(repeats: int) -> Result:
    """Measure phones with few and many spaces in turn, so that other load on the machine affects all of them."""
    with beside() as stage:
        readers = {spaces: Reader(stage, spaces) for spaces in SPACES}
        repeated = [_repeat(readers) for _ in range(repeats)]
    samples = {str(spaces): [_compared(one[spaces], one[SPACES[0]]) for one in repeated] for spaces in SPACES}
    rows = [[name, *medians(found).values()] for name, found in samples.items()]
    return Result("one pull, median, by the number of spaces", COLUMNS, rows, samples)


def _repeat(readers: dict[int, Reader]) -> dict[int, Sample]:
    """Return the median ms of each sort of pull."""
    times: dict[tuple[int, str], list[float]] = {(spaces, cell): [] for spaces in readers for cell in CELLS}
    for _ in range(ROUNDS):
        for (spaces, cell), found in times.items():
            found.append(getattr(readers[spaces], cell)())
    return {spaces: {cell: percentile(times[spaces, cell], 50) for cell in CELLS} for spaces in readers}


def _compared(sample: Sample, least: Sample) -> Sample:
    """Return the ms of each sort of pull, each followed by its ratio to that of the phone with the fewest spaces."""
    found: Sample = {}
    for cell in CELLS:
        found |= {cell: sample[cell], f"{cell}_ratio": sample[cell] / least[cell]}
    return found
