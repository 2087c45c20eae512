"""What is under way: how many requests of one account are being answered, and how much memory bodies take.

A request is under way until its answer has been taken. Large bodies are read as JSON one after the other, an account at
a time and with pauses as long as the reading took: reading 4 MB takes a tenth of a second in which nobody else is
served.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from schemas.errors import RateLimited, TryLater
from server.concurrency import FairTurns
from server.validation import parsed

LARGE = 65_536  # bytes from which a body counts as large
BODIES_OF_ONE = 16_000_000  # bytes of large bodies of one account, or of one address without an account, under way
BODIES_OF_ALL = 128_000_000  # bytes of the large bodies of a worker that are under way
LONGEST_PAUSE = 0.5  # seconds after a large body was read


class UnderWay:
    """Counts, by account, or by address for requests without an account."""

    def __init__(self, requests: int) -> None:
        """Take how many requests of one account may be under way; 0: any number."""
        self._most, self._requests = requests, Counter[str]()
        self._bytes, self._reading = Counter[str](), FairTurns(1)

    def enter(self, name: str) -> Callable[[], None]:
        """Count a request, and return the function to call once its answer has been taken; raises RateLimited."""
        if self._most and self._requests[name] >= self._most:
            message = f"There are {self._most} requests under way; wait for answers first."
            raise RateLimited(message, field="requests_under_way", limit=self._most, retry_after=1)
        self._requests[name] += 1
        is_open = [True]

        def leave() -> None:
            if is_open:
                is_open.clear()
                _take_off(self._requests, name, 1)

        return leave

    @contextmanager
    def body(self, name: str, size: int) -> Iterator[None]:
        """Keep room for a body of some bytes while it arrives and is worked on; raises TryLater."""
        if size <= LARGE:
            yield
            return
        if self._bytes[name] + size > BODIES_OF_ONE or self._bytes.total() + size > BODIES_OF_ALL:
            raise TryLater("Too many large bodies are being read now; repeat this later.", retry_after=5)
        self._bytes[name] += size
        try:
            yield
        finally:
            _take_off(self._bytes, name, size)

    def read(self, name: str, raw: bytes) -> Any:
        """Return the value of a body; raises orjson.JSONDecodeError, or TryLater if too many large ones wait."""
        if len(raw) <= LARGE:
            return parsed(raw)
        return self._reading.run(name, lambda: _with_pause(raw))


def _with_pause(raw: bytes) -> Any:
    began = time.perf_counter()
    try:
        return parsed(raw)
    finally:
        time.sleep(min(LONGEST_PAUSE, time.perf_counter() - began))  # others are served meanwhile


def _take_off(counts: Counter[str], name: str, number: int) -> None:
    counts[name] -= number
    if counts[name] <= 0:
        del counts[name]
