"""Token buckets: how much may be done at once, and how much in each second from then on.

Source: the token bucket algorithm, ITU-T I.371 annex A. Two things are added: whoever has at least one token may spend
more than they have, so that a large request is not refused for ever; and the debt has a limit, so that nobody waits for
longer than DEBT.
"""

import time
from collections.abc import Callable

DEBT = 60.0  # seconds of refill that can be owed at most
MOST_BUCKETS = 10_000  # buckets kept; full ones are dropped first


class TokenBucket:
    """The tokens of one account or connection. It is full at first."""

    __slots__ = ("_at", "_most", "_per_second", "_tokens")

    def __init__(self, most: float, per_second: float, now: float) -> None:
        self._most, self._per_second = most, per_second
        self._tokens, self._at = float(most), now

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token; 0.0 if there is one now."""
        self._fill(now)
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self._per_second

    def spend(self, tokens: float, now: float) -> None:
        """Spend tokens, also more than there are."""
        self._fill(now)
        self._tokens = max(self._tokens - tokens, -DEBT * self._per_second)

    def is_full(self, now: float) -> bool:
        """Tell whether the bucket is as full as a new one."""
        self._fill(now)
        return self._tokens >= self._most

    def _fill(self, now: float) -> None:
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now


class TokenBuckets:
    """One bucket for each name, such as an account's id."""

    def __init__(self, most: float, per_second: float, now: Callable[[], float] = time.monotonic) -> None:
        """Take what each bucket holds, and how fast it fills; 0 of either means that there is no limit."""
        self._most, self._per_second, self._now = most, per_second, now
        self._buckets: dict[str, TokenBucket] = {}

    def wait(self, name: str) -> float:
        """Return the seconds until a name has a token; 0.0 if it has one now."""
        bucket = self._buckets.get(name)
        return 0.0 if bucket is None else bucket.wait(self._now())

    def spend(self, name: str, tokens: float = 1) -> None:
        """Spend tokens of a name."""
        if not (self._most and self._per_second):
            return
        now, bucket = self._now(), self._buckets.get(name)
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets[name] = TokenBucket(self._most, self._per_second, now)
        bucket.spend(tokens, now)

    def _make_room(self, now: float) -> None:
        """Once there are MOST_BUCKETS, drop full ones, which are as good as none; and the oldest if none is full."""
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if not bucket.is_full(now)}
            for name in list(self._buckets)[: max(0, len(self._buckets) - MOST_BUCKETS + 1)]:
                del self._buckets[name]
