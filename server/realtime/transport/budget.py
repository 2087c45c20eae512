"""The cost limits of one connection: bytes before the phone is let in, and frames and packets without content.

A phone sends events, and sometimes a ping or a pong. Frames and packets without content use up a token bucket, which
refills over time; a connection whose bucket is empty is closed. Events cost nothing here: they are handled in order, so
a connection that sends events faster than they are stored has to wait for its own events.
"""

import time

import structlog

from server.observability import metrics

log = structlog.get_logger()

SIZE_BEFORE_CONNECT = 64 * 1024  # bytes that may be read from a connection before it is let in
EMPTY_AT_ONCE = 200  # frames and packets without content that may come at once
EMPTY_PER_SECOND = 10  # frames and packets by which the allowance refills
FRAGMENTS = 1024  # fragments of one message: 4 MB in pieces of 4 kB

LOG_EVERY = 10.0  # seconds; an attacker must not fill the log as well


class Budget:
    """The allowance of one connection."""

    __slots__ = ("_empty", "_filled_at", "_read", "is_let_in")

    def __init__(self) -> None:
        self.is_let_in = False
        self._read = 0
        self._empty, self._filled_at = float(EMPTY_AT_ONCE), time.monotonic()

    def admit(self) -> None:
        """Stop counting the bytes that are read: a phone has been let in."""
        self.is_let_in = True

    def expel(self) -> None:
        """Count the bytes from 0 again: the phone on this connection has left."""
        self.is_let_in, self._read = False, 0

    def spend(self, size: int, empty: int) -> str | None:
        """Count bytes that were read, and frames or packets without content; return the limit they exceed, or None."""
        if not self.is_let_in:
            self._read += size
            if self._read > SIZE_BEFORE_CONNECT:
                return "too much before CONNECT"
        if empty:
            now = time.monotonic()
            filled = self._empty + (now - self._filled_at) * EMPTY_PER_SECOND
            self._empty, self._filled_at = min(filled, EMPTY_AT_ONCE) - empty, now
        return "too many empty frames" if self._empty < 0 else None


_logged_at: dict[str, float] = {}  # by reason


def refused(why: str) -> None:
    """Count a connection that was closed for its cost. Log at most one for each reason in LOG_EVERY seconds."""
    metrics.CLOSED.labels(why).inc()
    now = time.monotonic()
    if now - _logged_at.get(why, -LOG_EVERY) >= LOG_EVERY:
        _logged_at[why] = now
        log.warning("connections are closed", why=why, counted_as="beside_connections_closed")
