"""Group commit: mutations that arrive together are decided one by one and stored together.

Who comes first commits for all who wait; whoever comes meanwhile waits for the next turn. Nobody waits for
company, so one mutation alone costs one transaction, and sixty at once cost one as well.

A group is stored in one transaction, or not at all:

1. records, at head + 1, head + 2, … of their space under the unique index on (space, seq);
2. the head of each space, on condition that it is still the one the decisions were based on;
3. the ledger row of each mutation.

A condition that fails means that another worker was faster: the group is decided again on what is there now.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

import structlog
from pymongo.errors import PyMongoError

from server.command import Clock
from server.errors import NotYet, Problem, TooLarge, TryLater
from server.records import Record
from server.store import ledger, write
from server.store.database import Mongo
from server.store.draft import Draft
from server.store.job import Batch, Job
from server.store.memory import Memory
from server.store.orphans import Orphans

log = structlog.get_logger()

GROUP = 64  # mutations stored together; a batch is never split, so a group can be larger by one batch
WAITING = 2_000  # batches that may wait for their turn; more are told to try later
ATTEMPTS = 8  # times a group is decided again because another worker was faster
PATIENCE = 4.0  # seconds after which it is not decided again: less than the database may take for one answer


class Committer:
    """The one way into the collection `records`."""

    def __init__(self, database: Mongo, now: Clock, after: Callable[[list[Record], str], None]) -> None:
        """Take the clock in ms, and what to do with the records of each mutation, and its user, once stored."""
        self._database, self._now, self._after = database, now, after
        self._memory, self._orphans = Memory(), Orphans(database)
        self._waiting: deque[Batch] = deque()
        self._turn = threading.Lock()

    def run(self, jobs: list[Job]) -> None:
        """Store what the mutations of one phone decide, at most GROUP of them, in order and together.

        Afterwards each job has its changed records, or the Problem it was refused with. One with a NotYet is not
        known to be stored, and nor is any after it; these may be sent again.
        """
        batch = Batch(jobs)
        if len(self._waiting) >= WAITING and not batch.urgent:
            return batch.fail(TryLater("Too many are waiting.", retry_after=1))
        (self._waiting.appendleft if batch.urgent else self._waiting.append)(batch)
        while not batch.done:
            if self._turn.acquire(blocking=False):
                self._lead()
            else:
                batch.woken.wait()
                batch.woken.clear()
        return None

    def _lead(self) -> None:
        """Commit for those who wait, then pass the turn on.

        Who waits has joined the queue before finding the turn taken. So whoever is still in the queue after the
        turn was given back has to be woken, and nobody else: no wake-up is ever lost.
        """
        try:
            self._commit(self._next())
        finally:
            self._turn.release()
            if self._waiting:
                self._waiting[0].woken.set()

    def _next(self) -> list[Batch]:
        group: list[Batch] = []
        while self._waiting and sum(len(batch.jobs) for batch in group) < GROUP:
            group.append(self._waiting.popleft())
        return group

    def _commit(self, group: list[Batch]) -> None:
        try:
            until = time.monotonic() + PATIENCE
            if not any(self._attempt(group) for _ in range(ATTEMPTS) if time.monotonic() < until):
                _fail(group, TryLater("Others were faster every time, or the database is slow.", retry_after=1))
            for job in (job for batch in group for job in batch.jobs if job.fresh):
                self._after(job.changed, job.user)
        except write.TooMuch:
            self._apart(group, TooLarge("That is more than can be stored at once."))
        except PyMongoError:
            _fail(group, TryLater("The database does not answer.", retry_after=1))
        except Exception:
            log.exception("a group could not be stored", batches=len(group))
            self._apart(group, TryLater("The server made a mistake; it has been noted.", retry_after=60))
        except BaseException:
            _fail(group, TryLater("The server made a mistake.", retry_after=5))
            raise
        finally:
            for batch in group:
                batch.finish()

    def _apart(self, group: list[Batch], problem: Problem) -> None:
        """Commit in parts what could not be stored together; what fails by itself has the problem."""
        if len(group) > 1:
            for batch in group:
                self._commit([batch])
        elif len(group[0].jobs) > 1:
            first, second = group[0].halves()
            self._commit([first])
            if any(isinstance(job.problem, NotYet) for job in first.jobs):
                _fail([second], TryLater("What came before has no answer yet.", retry_after=1))
            else:
                self._commit([second])
        else:
            _fail(group, problem)

    def _attempt(self, group: list[Batch]) -> bool:
        """Decide and store a group; False if it must be decided again."""
        self._orphans.end()
        jobs = [job for batch in group for job in batch.jobs]
        entries = ledger.find(self._database, [job.name for job in jobs if job.name is not None])
        draft = Draft(self._database, self._memory)
        draft.read_ahead(key for job in jobs if job.name not in entries for key in job.targets)
        new = [entry for batch in group for entry in batch.judge(draft, entries)]
        if draft.drop_unproven():
            return False
        try:
            if new or draft.changed:
                write.store(self._database, draft, [entry.row(self._now()) for entry in new], self._orphans)
        except write.Moved:
            draft.forget()
            return False
        except BaseException:
            draft.forget()
            raise
        draft.keep()
        return True


def _fail(group: list[Batch], problem: Problem) -> None:
    for batch in group:
        batch.fail(problem)
