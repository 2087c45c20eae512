"""Concurrency limits: work that takes much memory is done for a few callers at a time, however many ask at once."""

import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from schemas.errors import TryLater
from sync.client_databases.pager import Pager

PAGES = 8  # pages built at the same time: when very many phones come back at once, most wait, and memory is enough
PATIENCE = 10.0  # seconds to wait for a turn: enough for very many phones; a longer wait means that the database hangs

MOMENT = 0.000_001  # seconds; any pause with a timer makes the event loop look at sockets and timers

Work = TypeVar("Work", bound=Callable[..., Any])


def few_at_once(most: int) -> Callable[[Work], Work]:
    """Return a decorator: at most ``most`` callers of one worker run the function, the others wait for their turn.

    The function raises TryLater for a caller that has waited for more than PATIENCE.
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
    """Let all other greenlets run, also those that wait for a socket.

    `sleep(0)` is not enough under gevent: greenlets that yield this way are resumed about fifty times before the event
    loop looks at sockets again (measured: 50 to 95 ms with slices of 2 ms, against 4 with a timer).
    """
    time.sleep(MOMENT)  # not 0: only a pause on a timer makes the event loop look at sockets


class LimitedPager(Pager):
    """A pager of client databases that builds at most PAGES pages at the same time."""

    page = few_at_once(PAGES)(Pager.page)
