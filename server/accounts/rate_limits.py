"""Rate limits for requests that cost much or that try secrets. A stranger cannot use up a user's tries."""

import time
from ipaddress import IPv4Address, ip_address, ip_network

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from schemas.errors import RateLimited

PER_HANDLE = parse("10/5 minutes")  # passphrases tried for one handle from one address
PER_ADDRESS = parse("60/5 minutes")  # passphrases tried from one address; and as many accounts made from it
PER_ACCOUNT = parse("10/5 minutes")  # passphrases that a signed-in account sends to confirm an action
PER_DEVICE = parse("60/minute")  # refresh tokens traded by one device; and as many unknown tokens from one address

SITE = 64  # bits of an IPv6 address that the network assigns; the client chooses the other bits


class RateLimits:
    """Counts tries in this worker's memory: depends on no other service; n workers allow n times as many tries."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, limit: RateLimitItem, *who: str) -> None:
        """Count one try; raises RateLimited with ``retry_after`` in seconds when there were too many."""
        if not self._limiter.hit(limit, *who):
            wait = self._limiter.get_window_stats(limit, *who).reset_time - time.time()
            raise RateLimited("Too many tries; wait a little.", retry_after=max(1, round(wait)))


def origin(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the network of an IPv6 address."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found), SITE), strict=False))
