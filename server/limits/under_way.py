"""Requests under way: how many one account has, and how much memory their bodies take.

A request is under way until the client has accepted its answer. Large bodies are parsed one at a time, accounts
round-robin, with a pause after each that is as long as the parsing: 4 MB take a tenth of a second, in which the worker
serves nobody else.
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
BODIES_OF_ONE = 16_000_000  # bytes of large bodies under way of one account, or of one address if no account is known
BODIES_OF_ALL = 128_000_000  # bytes of all large bodies under way on a worker
LONGEST_PAUSE = 0.5  # seconds of the longest pause after a large body was parsed


class UnderWay:
    """Counts requests and bodies by account, or by address for requests without an account."""

    def __init__(self, requests: int) -> None:
        """Take how many requests of one account may be under way; 0: any number."""
        self._most, self._requests = requests, Counter[str]()
        self._bytes, self._reading = Counter[str](), FairTurns(1)

    def enter(self, name: str) -> Callable[[], None]:
        """Count a request; return the function to call once its answer is accepted. Raises RateLimited."""
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
        """Reserve memory for a body of ``size`` bytes while it arrives and is handled; raises TryLater."""
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
        """Parse a body; raises orjson.JSONDecodeError, or TryLater if a large body cannot be parsed soon."""
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
