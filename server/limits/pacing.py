"""Pacing: an account or a connection that asks too often waits, in its own connection, and holds nothing meanwhile.

A request that would have to wait for long is refused at the end: requests that all wait for the same time would all go
on at once.
"""

import time
from collections.abc import Mapping
from typing import Any

from schemas.errors import RateLimited
from server.limits.settings import Limits
from server.limits.token_bucket import TokenBuckets

LONGEST_WAIT = 20.0  # seconds that a request waits at most
PIECE = 8_192  # bytes of a body that cost as much as a request


class Pacing:
    """How often accounts, and connections without an account, are served."""

    def __init__(self, limits: Limits) -> None:
        self.body_within = limits.seconds_for_body or None  # seconds
        self._accounts = TokenBuckets(limits.requests_at_once, limits.requests_per_second)
        self._connections = TokenBuckets(limits.requests_at_once, limits.requests_per_second)

    def wait_for_account(self, user: str, size: int) -> None:
        """Count a request with a body of ``size`` bytes, and wait until its account may go on; raises RateLimited."""
        _wait(self._accounts, user, size)

    def hold_account(self, user: str, size: int) -> None:
        """Count an event of ``size`` bytes, and let its connection wait until its account may go on."""
        while wait := self._accounts.wait(user):
            time.sleep(wait)
        self._accounts.spend(user, 1 + size / PIECE)

    def wait_for_connection(self, connection: str, size: int) -> None:
        """Count a request without a caller, and wait until its connection may go on; raises RateLimited."""
        _wait(self._connections, connection, size)


def connection_of(environ: Mapping[str, Any]) -> str:
    """Return the name of the connection by which a request has come."""
    return f"{environ.get('REMOTE_ADDR')} {environ.get('REMOTE_PORT')}"


def _wait(buckets: TokenBuckets, name: str, size: int) -> None:
    wait = buckets.wait(name)
    if wait > LONGEST_WAIT:
        time.sleep(LONGEST_WAIT)  # an answer at once would let the next request come at once
        message = "There were too many requests, or too large ones; wait before the next."
        raise RateLimited(message, field="requests_per_second", retry_after=round(wait))
    buckets.spend(name, 1 + size / PIECE)
    if wait:
        time.sleep(wait)  # the waiting is the limit: it slows down this connection, and no other
