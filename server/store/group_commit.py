"""Group commit: mutations that arrive together are decided one by one and stored together.

The first submission commits for all that wait; one that comes meanwhile waits for the next turn. None waits for
company, so one mutation alone costs one transaction, and sixty at once cost one as well. A turn ends with the
decision: what is decided next rests on other spaces.

A group is stored in one transaction, or not at all:

1. records, at head + 1, head + 2, … of their space under the unique index on (space, seq);
2. the head of each space, on condition that it is still the one the decisions were based on;
3. the ledger row of each mutation.

A condition that fails means that another worker was faster, or that an optimistic attempt assumed what is not so: the
group is decided again on what is stored now.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem, TooLarge, TryLater
from server.commands.context import Clock
from server.observability import metrics
from server.store import ledger, transaction
from server.store.change_set import ChangeSet
from server.store.database import Mongo
from server.store.pending import PendingMutation, Submission
from server.store.space_cache import SpaceCache
from server.store.transaction import AbandonedTransactions
from sync.record import Record

log = structlog.get_logger()

GROUP = 64  # mutations stored together; a submission is never split, so a group can be larger by one
GROUPS_IN_FLIGHT = 2  # groups stored at once: while the database works for one, the worker does for the other
WAITING = 2_000  # submissions that may wait for their turn; more are told to try later
ATTEMPTS = 8  # times a group is decided again because another worker was faster
PATIENCE = 4.0  # seconds after which it is not decided again: less than the database may take for one answer

Stored = Sequence[tuple[Sequence[Record], str]]  # the records that each mutation changed, and its user


class GroupDecisions:
    """Decides groups with what one worker has cached.

    Optimistic first attempt: it skips the ledger lookup and assumes that new ids are free. The unique keys reject the
    commit if not; the group is then decided again with reads. After a group in which a mutation was repeated, the next
    ones are decided with reads as well, until no mutation of a group is in the ledger.
    """

    def __init__(self, database: Mongo, now: Clock) -> None:
        self._database, self._now = database, now
        self._space_cache, self._abandoned = SpaceCache(), AbandonedTransactions(database)
        self._optimistic = True

    def decided(self, group: list[Submission], *, again: bool) -> ChangeSet | None:
        """Return the change set of a group; ``again``: with reads. None if it rests on what is not proven."""
        self._abandoned.end()
        optimistic = self._optimistic and not again
        mutations = [pending for submission in group for pending in submission.mutations]
        names = [] if optimistic else [pending.name for pending in mutations if pending.name is not None]
        entries = ledger.find(self._database, names)
        self._optimistic = not entries
        change_set = ChangeSet(self._database, self._space_cache)
        change_set.assume_absent(pending.creates for pending in mutations if optimistic and pending.creates is not None)
        change_set.read_ahead(key for pending in mutations if pending.name not in entries for key in pending.targets)
        change_set.rows = [
            entry.row(self._now()) for submission in group for entry in submission.judge(change_set, entries)
        ]
        if change_set.drop_unproven() or (
            optimistic and any(isinstance(pending.problem, NotYet) for pending in mutations)
        ):
            return None
        return change_set

    def is_stored(self, change_set: ChangeSet) -> bool:
        """Store a change set, if there is anything in it; False if another worker was faster."""
        try:
            if change_set.rows or change_set.changed:
                transaction.store(self._database, change_set, self._abandoned)
        except transaction.Moved:
            change_set.forget()
            return False
        except BaseException:
            change_set.forget()
            raise
        change_set.keep()
        return True


class InFlightGroups:
    """The submissions that wait, in order, and the spaces that groups in flight rest on, changed or only read.

    While the database stores one group the worker decides the next, if the two rest on different spaces. So a worker
    decides on what is true: within it, everything happens as if one group came after the other.
    """

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


class GroupCommit:
    """The one way into the collection `records`."""

    def __init__(self, database: Mongo, now: Clock, after: Callable[[Stored], None]) -> None:
        """Take the clock in ms, and what to do with the records of a group's mutations, once stored."""
        self._decisions, self._after = GroupDecisions(database, now), after
        self._in_flight, self._turn = InFlightGroups(), threading.Lock()

    def run(self, mutations: list[PendingMutation]) -> None:
        """Store what the mutations of one phone decide, at most GROUP of them, in order and together.

        Afterwards each mutation has its changed records, or the Problem it was refused with. One with a NotYet is not
        known to be stored, and nor is any after it; these may be sent again.
        """
        submission = Submission(mutations)
        if not self._in_flight.add(submission):
            return submission.fail(TryLater("Too many are waiting.", retry_after=1))
        while not submission.done:
            if group := self._next():
                self._lead(group)
            else:
                submission.woken.wait()
                submission.woken.clear()
        return None

    def _next(self) -> list[Submission]:
        """Return for whom to commit now; nobody if another is deciding, or all who wait have to."""
        if not self._turn.acquire(blocking=False):
            return []
        try:
            return self._in_flight.group()
        finally:
            self._pass_on()

    def _lead(self, group: list[Submission]) -> None:
        metrics.WAITING.labels("commit").set(len(self._in_flight))
        metrics.GROUP_SIZE.observe(sum(len(submission.mutations) for submission in group))
        try:
            self._commit(group)
        finally:
            for submission in group:
                submission.finish()
                metrics.DELIVERY.observe(time.perf_counter() - submission.came)

    def _pass_on(self) -> None:
        self._turn.release()
        self._in_flight.wake()

    def _commit(self, group: list[Submission]) -> None:
        try:
            until = time.monotonic() + PATIENCE
            if not any(self._attempt(group, number) for number in range(ATTEMPTS) if time.monotonic() < until):
                _fail(group, TryLater("Others were faster every time, or the database is slow.", retry_after=1))
        except transaction.TooMuch:
            self._apart(group, TooLarge("That is more than can be stored at once."))
        except PyMongoError as error:
            metrics.failed(error)
            _fail(group, TryLater("The database does not answer.", retry_after=1))
        except Exception:
            log.exception("a group could not be stored", submissions=len(group))
            self._apart(group, TryLater("The server made a mistake; it has been noted.", retry_after=60))
        except BaseException:
            _fail(group, TryLater("The server made a mistake.", retry_after=5))
            raise

    def _apart(self, group: list[Submission], problem: Problem) -> None:
        """Commit in parts what could not be stored together; what fails by itself has the problem."""
        if len(group) > 1:
            for submission in group:
                self._commit([submission])
        elif len(group[0].mutations) > 1:
            first, second = group[0].halves()
            self._commit([first])
            if any(isinstance(pending.problem, NotYet) for pending in first.mutations):
                _fail([second], TryLater("What came before has no answer yet.", retry_after=1))
            else:
                self._commit([second])
        else:
            _fail(group, problem)

    def _attempt(self, group: list[Submission], number: int) -> bool:
        """Decide a group, pass the turn on, and store it; False if it must be decided again."""
        self._turn.acquire()
        start = time.perf_counter()
        try:
            change_set = self._decisions.decided(group, again=number > 0)
            while change_set is not None and not self._in_flight.acquire(change_set.parts):
                change_set = self._decisions.decided(group, again=True)
        finally:
            self._pass_on()
        if change_set is None:
            return False
        try:
            stored = self._decisions.is_stored(change_set)
            if stored:
                metrics.COMMIT.observe(time.perf_counter() - start)
                self._after(
                    [
                        (pending.changed, pending.user)
                        for submission in group
                        for pending in submission.mutations
                        if pending.fresh
                    ]
                )
        finally:
            self._in_flight.release(change_set.parts)
        return stored


def _fail(group: list[Submission], problem: Problem) -> None:
    for submission in group:
        submission.fail(problem)
