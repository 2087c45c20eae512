"""Who waits to be stored, and the groups that are being stored at this moment.

While the database stores one group the worker decides the next, if that rests on other spaces. So a worker still
decides on what is true: within it, everything happens as if one group came after the other.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable

from server.store.pending import Batch

GROUP = 64  # mutations stored together; a batch is never split, so a group can be larger by one batch
FLIGHTS = 2  # groups stored at once: while the database works for one, the worker does for the other
WAITING = 2_000  # batches that may wait for their turn; more are told to try later


class Flights:
    """The batches that wait, in order, and the spaces that groups on their way rest on, changed or only read."""

    def __init__(self) -> None:
        self._waiting: deque[Batch] = deque()
        self._spaces: set[str] = set()
        self._aloft = 0
        self._landed = threading.Condition()

    def __len__(self) -> int:
        """Return how many batches wait."""
        return len(self._waiting)

    def add(self, batch: Batch) -> bool:
        """Let a batch wait for its turn; False if too many do. A call for help goes before all others."""
        if len(self._waiting) >= WAITING and not batch.urgent:
            return False
        (self._waiting.appendleft if batch.urgent else self._waiting.append)(batch)
        return True

    def group(self) -> list[Batch]:
        """Take the next group out: those who wait, and need not wait for one that is on its way."""
        group: list[Batch] = []
        size = 0
        for batch in self._waiting:
            if size >= GROUP:
                break
            if self._is_free(batch.spaces):
                group.append(batch)
                size += len(batch.jobs)
        for batch in group:
            self._waiting.remove(batch)
        return group

    def take_off(self, spaces: Collection[str]) -> bool:
        """Send a group on its way; False, after waiting, if it rests on what another was about to change."""
        with self._landed:
            if self._is_free(spaces):
                self._spaces.update(spaces)
                self._aloft += 1
                return True
            self._landed.wait_for(lambda: self._is_free(spaces))
            return False

    def land(self, spaces: Collection[str]) -> None:
        """Take note that a group has been stored, or has not."""
        with self._landed:
            self._spaces.difference_update(spaces)
            self._aloft -= 1
            self._landed.notify_all()
        self.wake()

    def wake(self) -> None:
        """Wake the first who need not wait any more.

        Who waits has joined the queue before finding that they have to. So whenever a turn is given back or a group
        has landed, one has to be woken, and nobody else: no wake-up is ever lost.
        """
        for batch in self._waiting:
            if self._is_free(batch.spaces):
                batch.woken.set()
                return

    def _is_free(self, spaces: Iterable[str]) -> bool:
        return self._aloft < FLIGHTS and self._spaces.isdisjoint(spaces)
