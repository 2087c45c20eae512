"""Pacing: an account or connection that sends too many requests waits, and nobody else waits for it.

A request that would have to wait for more than LONGEST_WAIT is refused after LONGEST_WAIT. If such requests were
admitted then, all of them would go on at once.
"""

import time
from collections.abc import Mapping
from typing import Any

from schemas.errors import RateLimited
from server.limits.settings import Limits
from server.limits.token_bucket import TokenBuckets

LONGEST_WAIT = 20.0  # seconds
PIECE = 8_192  # bytes of a body that cost one more token


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
        """Count an event of ``size`` bytes, after waiting until its account may go on; never refuses."""
        while wait := self._accounts.wait(user):
            time.sleep(wait)
        self._accounts.spend(user, 1 + size / PIECE)

    def wait_for_connection(self, connection: str, size: int) -> None:
        """Count a request without a caller, and wait until its connection may go on; raises RateLimited."""
        _wait(self._connections, connection, size)


def connection_of(environ: Mapping[str, Any]) -> str:
    """Return the name of a request's connection: the client's address and port."""
    return f"{environ.get('REMOTE_ADDR')} {environ.get('REMOTE_PORT')}"


def _wait(buckets: TokenBuckets, name: str, size: int) -> None:
    wait = buckets.wait(name)
    if wait > LONGEST_WAIT:
        time.sleep(LONGEST_WAIT)  # a refusal without delay would bring the next request without delay
        message = "There were too many requests, or too large ones; wait before the next."
        raise RateLimited(message, field="requests_per_second", retry_after=round(wait))
    buckets.spend(name, 1 + size / PIECE)
    if wait:
        time.sleep(wait)  # this wait enforces the limit, and slows down this connection only
