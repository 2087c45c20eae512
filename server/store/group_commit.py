"""Group commit: mutations that arrive together are decided one by one and stored together.

The thread of the first submission commits for all that wait; a submission that comes meanwhile waits for the next turn.
No submission waits for others to join it, so one mutation alone costs one transaction, and sixty at once cost one as
well. A turn ends when its group is decided, before the group is stored: the next group uses other spaces.

A group is stored in one transaction, or not at all:

1. records, at head + 1, head + 2, … of their space under the unique index on (space, seq);
2. the head of each space, on condition that it is still the one the decisions were based on;
3. the ledger row of each mutation.

A condition that fails means that another worker was faster, or that an assumption of an optimistic attempt was wrong:
the group is decided again on what is stored now. A commit that has no answer may be stored: the group is decided again
as well, and the ledger tells.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem, TooLarge, TryLater
from server.commands.context import Clock
from server.observability import metrics
from server.store import ledger, transaction
from server.store.change_set import ChangeSet
from server.store.documents import Records
from server.store.in_flight import InFlightGroups, apart
from server.store.pending import PendingMutation, Submission
from server.store.sessions import Sessions, Unanswered
from server.store.spaces import SpaceCache
from sync.record import Record

log = structlog.get_logger()

PATIENCE = 4.0  # seconds after which a group is not decided again: less than TIMEOUT, the limit of one database call
APART = 2  # failures of a group after which it is stored in parts
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.5  # seconds, before a random part is taken off; each pause is twice the last
WORKER_NAME = 8  # characters of a worker's name that the ledger keeps
SETTLED_AT_ONCE = 500  # mutations looked up in the ledger at once

Stored = Sequence[tuple[Sequence[Record], str]]  # for each mutation: the records it changed, and its user


class GroupDecisions:
    """Decides groups, with the space cache of one worker.

    Optimistic first attempt: it skips the ledger lookup and assumes that new ids are free. The unique keys reject the
    commit if not; the group is then decided again with reads. After a group in which a mutation was repeated, the next
    ones are decided with reads as well, until no mutation of a group is in the ledger.
    """

    def __init__(
        self, records: Records, sessions: Sessions, worker: str, now: Clock, is_low: Callable[[], bool]
    ) -> None:
        self._records, self._database, self._sessions = records, records.database, sessions
        self._worker, self._now, self._is_disk_low = worker[:WORKER_NAME], now, is_low
        self._space_cache = SpaceCache()
        records.keys.on_destroyed = self._space_cache.clear
        self._optimistic = True

    def decided(self, group: list[Submission], *, again: bool) -> ChangeSet | None:
        """Return the change set of a group; None if it depends on unproven assumptions. ``again``: not optimistic."""
        self._sessions.end_abandoned()
        optimistic = self._optimistic and not again
        with self._sessions.reads():
            return self._decided(group, optimistic=optimistic)

    def _decided(self, group: list[Submission], *, optimistic: bool) -> ChangeSet | None:
        mutations = [pending for submission in group for pending in submission.mutations]
        names = [] if optimistic else [pending.name for pending in mutations]
        entries = ledger.find(self._database, names)
        self._optimistic = not entries
        change_set = ChangeSet(self._records, self._space_cache)
        change_set.observe({space for pending in mutations for space in pending.observed})
        change_set.assume_absent(pending.creates for pending in mutations if optimistic and pending.creates is not None)
        change_set.read_ahead(key for pending in mutations if pending.name not in entries for key in pending.targets)
        worker, now = self._worker, self._now()
        judged = (entry for submission in group for entry in submission.judge(change_set, entries, worker, now))
        change_set.rows = [entry.row(now, worker) for entry in judged]
        if change_set.drop_unproven() or (
            optimistic and any(isinstance(pending.problem, NotYet) for pending in mutations)
        ):
            return None
        return change_set

    def is_stored(self, change_set: ChangeSet) -> bool:
        """Store a change set, if it is not empty; return False if another worker was faster. Raises Unanswered."""
        try:
            if change_set.rows or change_set.changed:
                transaction.store(self._records, change_set, self._sessions)
            if self._is_disk_low():
                transaction.prove(self._database)
        except transaction.Moved:
            change_set.forget()
            self._sessions.suspect_abandoned()
            return False
        except BaseException:
            change_set.forget()
            self._records.keys.forget()
            raise
        change_set.keep()
        return True

    def end_abandoned(self) -> None:
        """Kill all sessions again whose transactions may hold up other workers; raises PyMongoError."""
        self._sessions.suspect_abandoned()
        self._sessions.end_abandoned()

    def found_stored(self, names: list[str]) -> Stored:
        """Return what commits without an answer have stored; raises PyMongoError if that is not known yet."""
        self._sessions.end_abandoned()
        with self._sessions.reads():
            entries = ledger.find_settled(self._database, names)
            found = self._records.find(key for entry in entries.values() for key in entry.keys)
        return [
            ([found[key] for key in entry.keys if key in found], ledger.user_of(entry.name))
            for entry in entries.values()
        ]


class GroupCommit:
    """The one way into the collection `records`."""

    def __init__(
        self, records: Records, sessions: Sessions, worker: str, now: Clock,
        after: Callable[[Stored], None], is_disk_low: Callable[[], bool],
    ) -> None:  # fmt: skip
        """Take the worker's name, the clock in ms, and ``after``: the function to call with what a group has stored."""
        self._decisions, self._after = GroupDecisions(records, sessions, worker, now, is_disk_low), after
        self._in_flight, self._turn = InFlightGroups(), threading.Lock()
        self._unanswered = deque[str]()  # names of mutations that may be stored: their effects have not run

    def run(self, mutations: list[PendingMutation]) -> None:
        """Decide and store the mutations of one phone, at most GROUP of them, in order and together.

        Afterwards each mutation has its changed records, or the Problem it was refused with. A mutation with a NotYet
        is not known to be stored, nor is any mutation after it; the phone may send them again.
        """
        submission = Submission(mutations)
        if not self._in_flight.add(submission):
            return submission.fail(TryLater("The server is busy; repeat this later.", retry_after=1))
        while not submission.done:
            if group := self._next():
                self._lead(group)
            else:
                submission.wait()
        return None

    def settle(self) -> None:
        """Run the effects of what commits without an answer have stored; raises PyMongoError if that is not known yet.

        The same is done before each group is decided. This method is called regularly, in case no group comes, so that
        the abandoned transactions of this worker do not block other workers.
        """
        self._decisions.end_abandoned()
        if self._unanswered:
            self._turn.acquire()
            try:
                self._settle()
            finally:
                self._pass_on()

    def _settle(self) -> None:
        while self._unanswered:
            names = list(islice(self._unanswered, SETTLED_AT_ONCE))
            self._after(self._decisions.found_stored(names))
            for _ in names:
                self._unanswered.popleft()

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
            _finish(group)

    def _pass_on(self) -> None:
        self._turn.release()
        self._in_flight.wake()

    def _commit(self, group: list[Submission]) -> None:
        """Decide and store a group, again and again while another worker is faster.

        After APART failures, submissions that share no space are stored apart, so that a space in which many workers
        write at once holds up no other.
        """
        parts, failures, until = [group], 0, time.monotonic() + PATIENCE
        while parts := [part for part in parts if not self._is_settled(part, failures)]:
            failures += 1
            if time.monotonic() > until:
                for part in parts:
                    self._fail(part, TryLater("The database is slow or busy; repeat this later.", retry_after=1))
                return
            if failures == APART:
                parts = [connected for part in parts for connected in apart(part)]
            if failures > 1:  # the first failure is mostly that of an optimistic attempt
                time.sleep(random.uniform(0.5, 1) * min(LONGEST_PAUSE, FIRST_PAUSE * 2**failures))  # noqa: S311

    def _is_settled(self, group: list[Submission], failures: int) -> bool:
        """Decide and store a group, or fail it; return False if it has to be tried again."""
        try:
            if not self._attempt(group, again=failures > 0):
                return False
        except Unanswered as unanswered:
            log.warning("a commit had no answer", why=type(unanswered.__cause__).__name__)
            return False
        except transaction.TooMuch:
            self._halved(group, TooLarge("This changes more than can be stored at once; send less."))
        except transaction.Outdated:
            log.warning("a newer version stores in this database now; this worker stores nothing more")
            self._fail(group, TryLater("The server is being replaced by a newer one.", retry_after=5))
        except PyMongoError as error:
            metrics.failed(error)
            self._fail(group, TryLater("The database does not answer.", retry_after=1))
        except Exception:
            log.exception("a group could not be stored", submissions=len(group))
            self._halved(group, TryLater("The server made a mistake; repeat this later.", retry_after=60))
        except BaseException:
            self._fail(group, TryLater("The server made a mistake.", retry_after=5))
            raise
        _finish(group)
        return True

    def _halved(self, group: list[Submission], problem: Problem) -> None:
        """Commit a group in parts, as it could not be stored together; a mutation that fails alone gets ``problem``."""
        if len(group) > 1:
            for submission in group:
                self._commit([submission])
        elif len(group[0].mutations) > 1:
            first, second = group[0].halves()
            self._commit([first])
            if any(isinstance(pending.problem, NotYet) for pending in first.mutations):
                self._fail([second], TryLater("An earlier mutation has no answer yet; send both again.", retry_after=1))
            else:
                self._commit([second])
        else:
            self._fail(group, problem)

    def _attempt(self, group: list[Submission], *, again: bool) -> bool:
        """Decide a group, pass the turn on, and store the group; return False if it must be decided again."""
        self._turn.acquire()
        start = time.perf_counter()
        try:
            self._settle()
            change_set = self._decisions.decided(group, again=again)
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
                self._after([(one.changed, one.user) for one in _mutations(group) if one.fresh])
        except Unanswered:
            for pending in _mutations(group):
                pending.sent = True
            raise
        finally:
            self._in_flight.release(change_set.parts)
        return stored

    def _fail(self, group: list[Submission], problem: Problem) -> None:
        self._unanswered.extend(pending.name for pending in _mutations(group) if pending.sent)
        for submission in group:
            submission.fail(problem)


def _mutations(group: list[Submission]) -> Iterator[PendingMutation]:
    return (pending for submission in group for pending in submission.mutations)


def _finish(group: list[Submission]) -> None:
    """Wake the threads that wait for these submissions, as each of them has its answers."""
    for submission in group:
        if not submission.done:
            submission.finish()
            metrics.DELIVERY.observe(time.perf_counter() - submission.came)
