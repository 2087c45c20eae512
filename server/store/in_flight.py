"""Submissions that wait to be stored, and the groups in flight: those that are being stored at this moment.

While the database stores one group the worker decides the next, if the two rest on different spaces. So a worker
decides on what is true: within it, everything happens as if one group came after the other.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable

from server.store.pending import Submission

GROUP = 64  # mutations stored together; a submission is never split, so a group can be larger by one
GROUPS_IN_FLIGHT = 2  # groups stored at once: while the database works for one, the worker does for the other
WAITING = 2_000  # submissions that may wait for their turn; more are told to try later


class InFlightGroups:
    """The submissions that wait, in order, and the spaces that groups in flight rest on, changed or only read."""

    def __init__(self) -> None:
        self._waiting: deque[Submission] = deque()
        self._spaces: set[str] = set()
        self._acquired = 0
        self._released = threading.Condition()

    def __len__(self) -> int:
        """Return how many submissions wait."""
        return len(self._waiting)

    def add(self, submission: Submission) -> bool:
        """Let a submission wait for its turn; False if too many do. A call for help goes before all others."""
        if len(self._waiting) >= WAITING and not submission.urgent:
            return False
        (self._waiting.appendleft if submission.urgent else self._waiting.append)(submission)
        return True

    def group(self) -> list[Submission]:
        """Take out the next group: the submissions that wait, and rest on no space of a group in flight."""
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
        """Reserve the spaces of a group; False, after waiting, if a group in flight was about to change one of them."""
        with self._released:
            if self._is_free(spaces):
                self._spaces.update(spaces)
                self._acquired += 1
                return True
            self._released.wait_for(lambda: self._is_free(spaces))
            return False

    def release(self, spaces: Collection[str]) -> None:
        """Give the spaces of a group back, once it has been stored or could not be."""
        with self._released:
            self._spaces.difference_update(spaces)
            self._acquired -= 1
            self._released.notify_all()
        self.wake()

    def wake(self) -> None:
        """Wake the first submission that need not wait any more.

        A submission joins the queue before it finds that it has to wait. So one has to be woken, and no other, whenever
        a turn is given back or a group has been stored: no wake-up is ever lost.
        """
        for submission in self._waiting:
            if self._is_free(submission.spaces):
                submission.woken.set()
                return

    def _is_free(self, spaces: Iterable[str]) -> bool:
        return self._acquired < GROUPS_IN_FLIGHT and self._spaces.isdisjoint(spaces)
