"""Concurrency limits: what takes much memory is done for a few at the same time, however many ask for it at once."""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from schemas.errors import TryLater
from sync.client_databases.pager import Pager

PAGES = 8  # put together at the same time: a herd that comes back waits, and memory is enough
PATIENCE = 10.0  # seconds to wait for a turn: a herd is through by then, and longer waits mean a database that hangs

MOMENT = 0.000_001  # seconds; any pause on a timer makes the event loop look at sockets and timers

Work = TypeVar("Work", bound=Callable[..., Any])


def few_at_once(most: int) -> Callable[[Work], Work]:
    """Return a decorator: at most so many callers of one worker are in the function, the others wait for their turn.

    Who waits too long is told so: the function then raises TryLater.
    """
    turns = threading.Semaphore(most)

    def decorated(work: Work) -> Work:
        @wraps(work)
        def in_turn(*args: Any) -> Any:
            if not turns.acquire(timeout=PATIENCE):
                raise TryLater("Too many are asking.", retry_after=5)
            try:
                return work(*args)
            finally:
                turns.release()

        return in_turn  # type: ignore[return-value]  # wraps() keeps the shape

    return decorated


def give_way() -> None:
    """Let everybody else go on, those included who wait for a socket.

    `sleep(0)` would not do under gevent: it resumes greenlets that only yield some fifty times before it looks at a
    socket again (measured: 50 to 95 ms with slices of 2 ms, against 4 with a timer).
    """
    time.sleep(MOMENT)


class LimitedPager(Pager):
    """A pager of client databases that puts a few pages together at a time."""

    page = few_at_once(PAGES)(Pager.page)
