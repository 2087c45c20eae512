"""Token buckets: how much may be done at once, and how much in each second from then on.

Source: the token bucket algorithm, ITU-T I.371 annex A. Two rules are added. A bucket with at least one token can be
overdrawn, so that a large request is not refused for ever. The debt is limited, so a wait lasts at most DEBT and the
time in which one token refills.
"""

import time
from collections.abc import Callable

DEBT = 60.0  # seconds of refill that can be owed at most
MOST_BUCKETS = 10_000  # buckets kept; full ones are dropped first


class TokenBucket:
    """The tokens of one account or connection. A new bucket is full."""

    __slots__ = ("_at", "_debt", "_most", "_per_second", "_tokens")

    def __init__(self, most: float, per_second: float, now: float, debt: float = DEBT) -> None:
        self._most, self._per_second, self._debt = most, per_second, debt
        self._tokens, self._at = float(most), now

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token; 0.0 if there is one now."""
        self._fill(now)
        return 0.0 if self._tokens >= 1 else (1 - self._tokens) / self._per_second

    def spend(self, tokens: float, now: float) -> None:
        """Spend tokens, even more than the bucket has; the debt is at most DEBT seconds of refill."""
        self._fill(now)
        self._tokens = max(self._tokens - tokens, -self._debt * self._per_second)

    def is_full(self, now: float) -> bool:
        """Tell whether the bucket is as full as a new one."""
        self._fill(now)
        return self._tokens >= self._most

    def _fill(self, now: float) -> None:
        self._tokens = min(self._most, self._tokens + (now - self._at) * self._per_second)
        self._at = now


class TokenBuckets:
    """One bucket for each name, such as an account's id."""

    def __init__(
        self, most: float, per_second: float, now: Callable[[], float] = time.monotonic, *, debt: float = DEBT
    ) -> None:
        """Take the capacity of each bucket, and its tokens per second; 0 for either means that there is no limit."""
        self._most, self._per_second, self._now, self._debt = most, per_second, now, debt
        self._buckets: dict[str, TokenBucket] = {}

    def wait(self, name: str) -> float:
        """Return the seconds until the bucket of a name has a token; 0.0 if it has one now."""
        bucket = self._buckets.get(name)
        return 0.0 if bucket is None else bucket.wait(self._now())

    def spend(self, name: str, tokens: float = 1) -> None:
        """Spend tokens of the bucket of a name."""
        if not (self._most and self._per_second):
            return
        now, bucket = self._now(), self._buckets.get(name)
        if bucket is None:
            self._make_room(now)
            bucket = self._buckets[name] = TokenBucket(self._most, self._per_second, now, self._debt)
        bucket.spend(tokens, now)

    def _make_room(self, now: float) -> None:
        """At MOST_BUCKETS, drop the full buckets, which are like new ones; if none is full, drop the oldest."""
        if len(self._buckets) >= MOST_BUCKETS:
            self._buckets = {name: bucket for name, bucket in self._buckets.items() if not bucket.is_full(now)}
            for name in list(self._buckets)[: max(0, len(self._buckets) - MOST_BUCKETS + 1)]:
                del self._buckets[name]
