"""Concurrency limits: work that needs much memory runs for a few accounts at a time, however many ask at once."""

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from schemas.errors import TryLater
from schemas.table import Table
from sync.client_databases.checkpoints import Checkpoint
from sync.client_databases.pager import Page, Pager
from sync.ports import Clock, Reader

PAGES = 8  # pages built at the same time: the memory then suffices even if very many phones reconnect at once
PATIENCE = 10.0  # seconds that work may wait: enough for very many phones; a longer wait means that the database hangs
MOST_WAITING = 160  # requests of one account that may wait: more than the streams that a device may have

Answer = TypeVar("Answer")


class FairTurns:
    """A fair concurrency limit of one worker: at most one piece of work of each account runs, accounts round-robin.

    An account that asks many times at once waits for its own work. Other accounts wait for one piece of it at most.
    """

    def __init__(self, most: int = PAGES) -> None:
        """Take the number of pieces of work that may run at the same time."""
        self._free, self._held = most, set[str]()  # accounts whose work runs now
        self._waiting: dict[str, deque[threading.Event]] = {}  # by account; the first account is next
        self._lock = threading.Lock()

    def run(self, account: str, work: Callable[[], Answer]) -> Answer:
        """Run ``work`` for an account and return its answer; raises TryLater if it cannot start within PATIENCE."""
        self._take(account)
        try:
            return work()
        finally:
            self._give_back(account)

    def _take(self, account: str) -> None:
        with self._lock:
            if self._free and account not in self._held:
                self._hold(account)
                return
            queue = self._waiting.setdefault(account, deque())
            if len(queue) >= MOST_WAITING:
                raise TryLater("This account has too many requests under way; wait for their answers.", retry_after=5)
            mine = threading.Event()
            queue.append(mine)
        if mine.wait(PATIENCE):
            return
        with self._lock:
            if mine.is_set():
                return
            queue.remove(mine)
            if not queue:
                del self._waiting[account]
        raise TryLater("The server is busy; repeat this later.", retry_after=5)

    def _give_back(self, account: str) -> None:
        with self._lock:
            self._held.discard(account)
            self._free += 1
            following = next((name for name in self._waiting if name not in self._held), None)
            if following is None:
                return
            queue = self._waiting.pop(following)
            self._hold(following)
            queue.popleft().set()
            if queue:
                self._waiting[following] = queue  # at the end of the round-robin order

    def _hold(self, account: str) -> None:
        self._free -= 1
        self._held.add(account)


class LimitedPager(Pager):
    """A pager of client databases that builds each page under the concurrency limit of its user."""

    def __init__(self, reader: Reader, now: Clock, turns: FairTurns) -> None:
        super().__init__(reader, now)
        self._turns = turns

    def now_at(self, user: str, table: Table) -> Checkpoint:
        """Return the checkpoint of a client that has all that may be shown now; raises TryLater."""
        return self._turns.run(user, lambda: super(LimitedPager, self).now_at(user, table))

    def page(self, user: str, table: Table, checkpoint: Checkpoint, limit: int) -> Page:
        """Return the next rows after a checkpoint; raises ResyncRequired, or TryLater."""
        return self._turns.run(user, lambda: super(LimitedPager, self).page(user, table, checkpoint, limit))
