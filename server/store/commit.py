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
from collections import deque
from collections.abc import Callable, Iterable

from pymongo.errors import PyMongoError

from server.command import Clock
from server.errors import Problem, TryLater
from server.records import Record
from server.store import ledger, write
from server.store.database import Mongo
from server.store.draft import Draft
from server.store.job import Job, judge
from server.store.memory import Memory

GROUP = 64  # mutations stored together at most
WAITING = 2_000  # mutations that may wait for their turn; more are told to try later
ATTEMPTS = 8  # times a group is decided again because another worker was faster


class Committer:
    """The one way into the collection `records`."""

    def __init__(self, database: Mongo, now: Clock, after: Callable[[list[Record]], None]) -> None:
        """Take the server's clock in ms, and what to do with the records of each mutation once they are stored."""
        self._database, self._now, self._after = database, now, after
        self._memory = Memory()
        self._waiting: deque[Job] = deque()
        self._turn = threading.Lock()

    def run(self, job: Job) -> list[Record]:
        """Store what a mutation decides and return the records as stored; raises the Problem it was refused with.

        Raises TryLater if nothing is known to be stored; the same mutation may then be sent again.
        """
        if len(self._waiting) >= WAITING:
            raise TryLater("Too many are waiting.", retry_after=1)
        self._waiting.append(job)
        while not job.done:
            with self._turn:
                if not job.done:
                    self._commit([self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))])
        if job.problem is not None:
            raise job.problem
        return job.changed

    def _commit(self, group: list[Job]) -> None:
        try:
            for _ in range(ATTEMPTS):
                if self._attempt(group):
                    break
            else:
                _fail(group, TryLater("Others were faster every time.", retry_after=1))
        except PyMongoError:
            _fail(group, TryLater("The database does not answer.", retry_after=1))
        except BaseException:
            _fail(group, TryLater("The server made a mistake.", retry_after=5))
            raise
        finally:
            for job in group:
                job.done = True
        for job in group:
            if job.fresh:
                self._after(job.changed)

    def _attempt(self, group: list[Job]) -> bool:
        """Decide and store a group; False if it must be decided again."""
        draft, entries = Draft(self._database, self._memory), ledger.find(self._database, [job.name for job in group])
        draft.read_ahead(job.target for job in group if job.target is not None and job.name not in entries)
        new = [judge(job, draft, entries) for job in group]
        if draft.drop_unproven():
            return False
        rows = [entry.row(self._now()) for entry in new if entry is not None]
        try:
            if rows:
                write.store(self._database, draft, rows)
        except write.Moved:
            draft.forget()
            return False
        except BaseException:
            draft.forget()
            raise
        draft.keep()
        return True


def _fail(group: Iterable[Job], problem: Problem) -> None:
    for job in group:
        job.problem, job.fresh = problem, False
