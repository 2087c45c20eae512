"""Moving windows: how often something was done within the last seconds, for very many keys.

The memory is bounded, and keys are dropped when their windows are over. The library `limits` keeps each key of a moving
window for ever, and scans all keys after every hit (measured: 0.3 s at 100,000 keys): strangers could slow a worker.
"""

from collections import deque
from dataclasses import dataclass
from time import monotonic

MOST_KEYS = 100_000  # keys that are remembered; at more, the oldest are dropped
SWEEP = 60.0  # seconds between two searches for keys whose windows are over


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``amount`` hits within ``seconds``."""

    amount: int
    seconds: float


class MovingWindows:
    """The times of the hits of every key, in each window."""

    def __init__(self) -> None:
        self._hits: dict[tuple[Window, tuple[str, ...]], deque[float]] = {}
        self._swept = monotonic()

    def __len__(self) -> int:
        """Return how many keys are remembered."""
        return len(self._hits)

    def hit(self, window: Window, *key: str) -> float:
        """Count a hit and return 0. At the limit, count nothing and return the seconds until the next hit can be."""
        now = monotonic()
        self._forget(now)
        hits = self._hits.setdefault((window, key), deque(maxlen=window.amount))
        if len(hits) == window.amount and (left := hits[0] + window.seconds - now) > 0:
            return left
        hits.append(now)
        return 0.0

    def clear(self, window: Window, *key: str) -> None:
        """Forget the hits of a key."""
        self._hits.pop((window, key), None)

    def _forget(self, now: float) -> None:
        if now > self._swept + SWEEP:
            self._swept = now
            over = [one for one, hits in self._hits.items() if not hits or hits[-1] + one[0].seconds <= now]
            for one in over:
                del self._hits[one]
        while len(self._hits) >= MOST_KEYS:
            del self._hits[next(iter(self._hits))]
