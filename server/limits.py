"""How often somebody may try: for what costs much or can be guessed."""

import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from server.errors import RateLimited

PER_HANDLE = parse("10/5 minutes")  # passphrases tried for one handle, from wherever
PER_ADDRESS = parse("60/5 minutes")  # passphrases tried and accounts made from one address
PER_DEVICE = parse("60/minute")  # refresh tokens traded by one address


class Limits:
    """Counts in this worker's memory: nothing else can be down, and n workers allow n times as much."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, limit: RateLimitItem, *who: str) -> None:
        """Count one try; raises RateLimited with ``retry_after`` in seconds when there were too many."""
        if not self._limiter.hit(limit, *who):
            wait = self._limiter.get_window_stats(limit, *who).reset_time - time.time()
            raise RateLimited("Too many tries; wait a little.", retry_after=max(1, round(wait)))
