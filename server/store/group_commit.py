"""Group commit: mutations that arrive together are decided one by one and stored together.

The thread of the first submission commits for all that wait; a submission that comes meanwhile waits for the next turn.
No submission waits for others to join it, so one mutation alone costs one transaction, and sixty at once cost one as
well. A turn ends when its group is decided, before the group is stored: the next group uses other spaces.

A group is stored in one transaction, or not at all:

1. records, at head + 1, head + 2, … of their space under the unique index on (space, seq);
2. the head of each space, on condition that it is still the one the decisions were based on;
3. the ledger row of each mutation.

A condition that fails means that another worker was faster, or that an assumption of an optimistic attempt was wrong:
the group is decided again on what is stored now.
"""

import threading
import time
from collections import Counter, deque
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

GROUP = 64  # mutations of a group; its last submission is not split, so a group can be larger
GROUPS_IN_FLIGHT = 2  # groups stored at once: while the database works on one, the worker works on the other
WAITING = 2_000  # submissions that may wait for their turn; any more are answered with TryLater
WAITING_EACH = 200  # of one account
ATTEMPTS = 8  # times a group is decided again because another worker was faster
PATIENCE = 4.0  # seconds after which a group is not decided again: less than TIMEOUT, the limit of one database call

Stored = Sequence[tuple[Sequence[Record], str]]  # for each mutation: the records it changed, and its user


class GroupDecisions:
    """Decides groups with what one worker has cached.

    Optimistic first attempt: it skips the ledger lookup and assumes that new ids are free. The unique keys reject the
    commit if not; the group is then decided again with reads. After a group in which a mutation was repeated, the next
    ones are decided with reads as well, until no mutation of a group is in the ledger.
    """

    def __init__(self, database: Mongo, now: Clock, is_disk_low: Callable[[], bool]) -> None:
        self._database, self._now, self._is_disk_low = database, now, is_disk_low
        self._space_cache, self._abandoned = SpaceCache(), AbandonedTransactions(database)
        self._optimistic = True

    def decided(self, group: list[Submission], *, again: bool) -> ChangeSet | None:
        """Return the change set of a group; None if it depends on unproven assumptions. ``again``: with reads."""
        self._abandoned.end()
        optimistic = self._optimistic and not again
        mutations = [pending for submission in group for pending in submission.mutations]
        names = [] if optimistic else [pending.name for pending in mutations]
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
        """Store a change set, if it is not empty; return False if another worker was faster."""
        try:
            if change_set.rows or change_set.changed:
                transaction.store(self._database, change_set, self._abandoned)
                if self._is_disk_low():
                    transaction.prove(self._database)
        except transaction.Moved:
            change_set.forget()
            return False
        except BaseException:
            change_set.forget()
            raise
        change_set.keep()
        return True


class InFlightGroups:
    """The waiting submissions, in order, and the spaces that in-flight groups have read or changed.

    While the database stores one group, the worker decides the next, if the two use different spaces. So no decision
    depends on a write that is not finished: within one worker, the groups have the same effect as one after the other.
    """

    def __init__(self) -> None:
        self._waiting: deque[Submission] = deque()
        self._waiting_of: Counter[str] = Counter()  # by user
        self._spaces: set[str] = set()
        self._acquired = 0
        self._released = threading.Condition()

    def __len__(self) -> int:
        """Return how many submissions wait."""
        return len(self._waiting)

    def add(self, submission: Submission) -> bool:
        """Let a submission wait for its turn; return False if too many wait, of all or of its account.

        An SOS is always taken, and goes first.
        """
        is_full = len(self._waiting) >= WAITING or self._waiting_of[submission.user] >= WAITING_EACH
        if is_full and not submission.urgent:
            return False
        self._waiting_of[submission.user] += 1
        (self._waiting.appendleft if submission.urgent else self._waiting.append)(submission)
        return True

    def group(self) -> list[Submission]:
        """Take the next group from the queue: waiting submissions that use no space of an in-flight group."""
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
            self._waiting_of[submission.user] -= 1
            if self._waiting_of[submission.user] <= 0:
                del self._waiting_of[submission.user]
        return group

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
        for submission in self._waiting:
            if self._is_free(submission.spaces):
                submission.woken.set()
                return

    def _is_free(self, spaces: Iterable[str]) -> bool:
        return self._acquired < GROUPS_IN_FLIGHT and self._spaces.isdisjoint(spaces)


class GroupCommit:
    """The one way into the collection `records`."""

    def __init__(
        self, database: Mongo, now: Clock, after: Callable[[Stored], None], is_disk_low: Callable[[], bool]
    ) -> None:
        """Take the clock in ms, and the function that is called with a group's changed records once they are stored."""
        self._decisions, self._after = GroupDecisions(database, now, is_disk_low), after
        self._in_flight, self._turn = InFlightGroups(), threading.Lock()

    def run(self, mutations: list[PendingMutation]) -> None:
        """Decide and store the mutations of one phone, at most GROUP of them, in order and together.

        Afterwards each mutation has its changed records, or the Problem it was refused with. A mutation with a NotYet
        is not known to be stored, nor is any mutation after it; the phone may send them again.
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
        """Return the group to commit now; empty if another thread is deciding, or if every submission has to wait."""
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
        """Commit a group in parts, as it could not be stored together; a mutation that fails alone gets ``problem``."""
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
        """Decide a group, pass the turn on, and store the group; return False if it must be decided again."""
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
