"""Who waits to be stored, and the groups that are being stored at this moment.

While the database stores one group the worker decides the next, if that rests on other spaces. So a worker still
decides on what is true: within it, everything happens as if one group came after the other.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable

from server.store.pending import Submission

GROUP = 64  # mutations stored together; a batch is never split, so a group can be larger by one batch
GROUPS_IN_FLIGHT = 2  # groups stored at once: while the database works for one, the worker does for the other
WAITING = 2_000  # batches that may wait for their turn; more are told to try later


class InFlightGroups:
    """The batches that wait, in order, and the spaces that groups on their way rest on, changed or only read."""

    def __init__(self) -> None:
        self._waiting: deque[Submission] = deque()
        self._spaces: set[str] = set()
        self._acquired = 0
        self._landed = threading.Condition()

    def __len__(self) -> int:
        """Return how many batches wait."""
        return len(self._waiting)

    def add(self, submission: Submission) -> bool:
        """Let a batch wait for its turn; False if too many do. A call for help goes before all others."""
        if len(self._waiting) >= WAITING and not submission.urgent:
            return False
        (self._waiting.appendleft if submission.urgent else self._waiting.append)(submission)
        return True

    def group(self) -> list[Submission]:
        """Take the next group out: those who wait, and need not wait for one that is on its way."""
        group: list[Submission] = []
        size = 0
        for submission in self._waiting:
            if size >= GROUP:
                break
            if self._is_free(submission.spaces):
                group.append(submission)
                size += len(submission.mutations)
        for submission in group:
            self._waiting.remove(submission)
        return group

    def acquire(self, spaces: Collection[str]) -> bool:
        """Send a group on its way; False, after waiting, if it rests on what another was about to change."""
        with self._landed:
            if self._is_free(spaces):
                self._spaces.update(spaces)
                self._acquired += 1
                return True
            self._landed.wait_for(lambda: self._is_free(spaces))
            return False

    def release(self, spaces: Collection[str]) -> None:
        """Take note that a group has been stored, or has not."""
        with self._landed:
            self._spaces.difference_update(spaces)
            self._acquired -= 1
            self._landed.notify_all()
        self.wake()

    def wake(self) -> None:
        """Wake the first who need not wait any more.

        Who waits has joined the queue before finding that they have to. So whenever a turn is given back or a group
        has landed, one has to be woken, and nobody else: no wake-up is ever lost.
        """
        for submission in self._waiting:
            if self._is_free(submission.spaces):
                submission.woken.set()
                return

    def _is_free(self, spaces: Iterable[str]) -> bool:
        return self._acquired < GROUPS_IN_FLIGHT and self._spaces.isdisjoint(spaces)
