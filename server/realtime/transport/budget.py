"""What one connection may cost: how much it may send before it is let in, and how much that says nothing at all.

A phone sends events, and now and then a ping or a pong. Frames and packets without content are spent from an allowance
that fills up again; a connection that has none left is closed. Events cost nothing here: they are worked off in order,
and a connection that sends faster than they are stored waits for its own.
"""

import time

import gevent
import structlog

from server.concurrency import give_way
from server.observability import metrics

log = structlog.get_logger()

SIZE_BEFORE_CONNECT = 64 * 1024  # bytes that may be read from a connection before it is let in
CONNECT_WITHIN = 10.0  # seconds from the handshake until a connection must have been let in
EMPTY_AT_ONCE = 200  # frames and packets without content that may come at once
EMPTY_PER_SECOND = 10  # and for ever after
FRAGMENTS = 1024  # of one message: 4 MB in pieces of 4 kB

LONGEST_TURN = 0.01  # seconds that a turn of the event loop may have lasted before a connection lets others go on
LOG_EVERY = 10.0  # seconds; whoever attacks must not fill the log as well


class Budget:
    """The allowance of one connection."""

    __slots__ = ("_empty", "_filled_at", "_read", "is_let_in")

    def __init__(self) -> None:
        self.is_let_in = False
        self._read = 0
        self._empty, self._filled_at = float(EMPTY_AT_ONCE), time.monotonic()

    def admit(self) -> None:
        """Somebody has been let in: what is read is not counted any more."""
        self.is_let_in = True

    def expel(self) -> None:
        """Nobody is on this connection any more."""
        self.is_let_in, self._read = False, 0

    def spend(self, size: int, empty: int) -> str | None:
        """Count bytes that were read, and frames or packets without content; return why it is too much, or None."""
        if not self.is_let_in:
            self._read += size
            if self._read > SIZE_BEFORE_CONNECT:
                return "too much before CONNECT"
        if empty:
            now = time.monotonic()
            filled = self._empty + (now - self._filled_at) * EMPTY_PER_SECOND
            self._empty, self._filled_at = min(filled, EMPTY_AT_ONCE) - empty, now
        return "too many empty frames" if self._empty < 0 else None


_logged_at: dict[str, float] = {}  # by the reason


def refused(why: str) -> None:
    """Count a connection that was closed for what it cost; log the first of many alone."""
    metrics.CLOSED.labels(why).inc()
    now = time.monotonic()
    if now - _logged_at.get(why, -LOG_EVERY) >= LOG_EVERY:
        _logged_at[why] = now
        log.warning("connections are closed", why=why, counted_as="beside_connections_closed")


def share_turn() -> None:
    """Let everybody else go on if this turn of the event loop has lasted long."""
    if time.time() - gevent.get_hub().loop.now() > LONGEST_TURN:
        give_way()
