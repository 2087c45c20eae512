"""In-flight groups: submissions wait in a queue, and groups that share no space are stored at the same time."""

import threading
from collections import Counter, deque
from collections.abc import Collection, Iterable

from server.store.pending import Submission

GROUP = 64  # mutations of a group; its last submission is not split, so a group can be larger
GROUPS_IN_FLIGHT = 2  # groups stored at once: while the database works on one, the worker works on the other
WAITING = 2_000  # submissions that may wait for their turn; any more are answered with TryLater
WAITING_EACH = 64  # submissions of one account that may wait


class InFlightGroups:
    """The waiting submissions, in order, and the spaces that in-flight groups have read or changed.

    While the database stores one group, the worker decides the next, if the two use different spaces. So no decision
    depends on a write that is not finished: within one worker, the result is as if groups were stored one by one.
    """

    def __init__(self) -> None:
        self._waiting: deque[Submission] = deque()
        self._waiting_of: Counter[str] = Counter()  # by user
        self._turns, self._last_turn = 0, dict[str, int]()  # {user who waits: number of the user's last group}
        self._spaces: set[str] = set()
        self._acquired = 0
        self._released = threading.Condition()  # its lock guards all of the above

    def __len__(self) -> int:
        """Return how many submissions wait."""
        return len(self._waiting)

    def add(self, submission: Submission) -> bool:
        """Let a submission wait for its turn; return False if too many wait, of all or of its account.

        An SOS is always taken, and goes first.
        """
        with self._released:
            is_full = len(self._waiting) >= WAITING or self._waiting_of[submission.user] >= WAITING_EACH
            if is_full and not submission.urgent:
                return False
            self._waiting_of[submission.user] += 1
            (self._waiting.appendleft if submission.urgent else self._waiting.append)(submission)
            return True

    def group(self) -> list[Submission]:
        """Take the next group from the queue: waiting submissions that use no space of an in-flight group."""
        group: list[Submission] = []
        with self._released:
            if self._is_busy:
                return group
            size = 0
            for submission in self._in_turn():
                if size >= GROUP:
                    break
                if self._spaces.isdisjoint(submission.spaces):
                    group.append(submission)
                    size += len(submission.mutations)
            self._take(group)
        return group

    def _take(self, group: list[Submission]) -> None:
        """Remove the submissions of a group from the queue, and note in which group their users were."""
        self._turns += 1
        for submission in group:
            user = submission.user
            self._waiting.remove(submission)
            self._waiting_of[user] -= 1
            self._last_turn[user] = self._turns
            if self._waiting_of[user] <= 0:
                del self._waiting_of[user], self._last_turn[user]

    def _in_turn(self) -> Iterable[Submission]:
        """Return the waiting submissions in the order in which they are served.

        An SOS is first. Then comes the oldest submission of each user, then the second oldest of each, and so on. Among
        users, the one whose last group is longest ago is first. So a user who sends very much waits for all others.
        """
        if sum(len(submission.mutations) for submission in self._waiting) <= GROUP:  # all go together, as they came
            return list(self._waiting)
        before: Counter[str] = Counter()
        keys = []
        for place, submission in enumerate(self._waiting):
            rank = before[submission.user]
            before[submission.user] += 1
            keys.append((not submission.urgent, rank, self._last_turn.get(submission.user, 0), place))
        return [self._waiting[place] for *_, place in sorted(keys)]

    def acquire(self, spaces: Collection[str]) -> bool:
        """Reserve the spaces of a group and return True.

        If an in-flight group holds one of the spaces, or GROUPS_IN_FLIGHT are in flight, wait until the spaces are free
        and return False: the group must be decided again.
        """
        with self._released:
            if self._is_free(spaces):
                self._spaces.update(spaces)
                self._acquired += 1
                return True
            self._released.wait_for(lambda: self._is_free(spaces))
            return False

    def release(self, spaces: Collection[str]) -> None:
        """Give back the spaces of a group that was stored, or could not be stored."""
        with self._released:
            self._spaces.difference_update(spaces)
            self._acquired -= 1
            self._released.notify_all()
        self.wake()

    def wake(self) -> None:
        """Wake the first submission that need not wait any more.

        A submission is in the queue before it starts to wait. So it is enough to wake one submission whenever a turn is
        given back or a group has been stored: no wake-up is ever lost.
        """
        with self._released:
            if self._is_busy:
                return
            for submission in self._waiting:
                if self._spaces.isdisjoint(submission.spaces):
                    submission.wake()
                    return

    @property
    def _is_busy(self) -> bool:
        """Whether GROUPS_IN_FLIGHT groups are in flight."""
        return self._acquired >= GROUPS_IN_FLIGHT

    def _is_free(self, spaces: Iterable[str]) -> bool:
        return not self._is_busy and self._spaces.isdisjoint(spaces)


def apart(group: list[Submission]) -> list[list[Submission]]:
    """Return the submissions of a group in parts that share no space, each in the order of the group."""
    parts: list[tuple[set[str], list[int]]] = []
    for at, submission in enumerate(group):
        spaces, members = set(submission.spaces), [at]
        for part in [part for part in parts if not spaces.isdisjoint(part[0])]:
            parts.remove(part)
            spaces, members = spaces | part[0], part[1] + members
        parts.append((spaces, members))
    return [[group[at] for at in sorted(members)] for _, members in parts]
