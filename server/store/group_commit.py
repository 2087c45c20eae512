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
from collections.abc import Callable, Sequence

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem, TooLarge, TryLater
from server.commands.context import Clock
from server.observability import metrics
from server.store import transaction
from server.store.database import Mongo
from server.store.group_decisions import GroupDecisions
from server.store.in_flight import InFlightGroups
from server.store.pending import PendingMutation, Submission
from sync.record import Record

log = structlog.get_logger()

Stored = Sequence[tuple[Sequence[Record], str]]  # the records that each mutation changed, and its user

ATTEMPTS = 8  # times a group is decided again because another worker was faster
PATIENCE = 4.0  # seconds after which it is not decided again: less than the database may take for one answer


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
