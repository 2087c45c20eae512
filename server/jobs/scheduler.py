"""The scheduler: due records are acted on, once, by the one worker that holds the lease.

A timer is only the time at which a record is due. So no timer is lost in a crash, and none is stored apart from its
record. A due handler sends a mutation whose id is derived from its cause, so acting twice stores one mutation.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem
from server.commands.context import Clock
from server.jobs.attendance import Attendance
from server.observability import metrics
from server.store import leases
from server.store.database import Mongo
from server.store.reader import Reader
from sync.record import FAR, Record

log = structlog.get_logger()

LEASE = 15_000  # ms
MOST_RECORDS = 500  # records acted on in one run
RUN = 2.0  # seconds after which a run ends and the next one begins, so that a call for help does not wait longer
MOST_READ = 5_000  # due records of each kind read at once: those to act on, and those that failed before
URGENT_KIND, LAST_KIND = "sos", "position"
TOGETHER = 20  # records of a kind acted on in one commit; a larger commit would often wait for others
LOOK_EVERY = 1.0  # seconds between two looks, unless the signal comes sooner

DueHandler = Callable[[Sequence[Record]], None]


class DueSignal:
    """Wakes a scheduler as soon as a record is stored that is due already."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self.raised = threading.Event()

    def notice(self, record: Record) -> None:
        """Wake the scheduler if a record is due now. This is an effect of changes to kinds that can be due."""
        if record.due is not None and record.due < FAR and record.due <= self._now():
            self.raised.set()


class Scheduler:
    """Acts on due records: ``due_handlers`` has the function for the due records of each kind."""

    def __init__(
        self,
        database: Mongo,
        reader: Reader,
        now: Clock,
        holder: str,
        signal: DueSignal,
        due_handlers: Mapping[str, DueHandler],
        lease_name: str = "timers",
        attendance: Attendance | None = None,
    ) -> None:
        """Take ``holder``, a name that no other worker has; ``signal``, which wakes the scheduler; the lease's name.

        ``attendance`` stores an absence that has just ended, before anything is acted on.
        """
        self._database, self._reader, self._now, self._holder = database, reader, now, holder
        self._lease, self._signal, self.due_handlers = lease_name, signal.raised, due_handlers
        self.attendance = attendance
        self._turn, self._tried, self._stopped = threading.Lock(), set[str](), False

    def run(self) -> int:
        """Act on the records that are due, MOST_RECORDS at most; return their number, or 0 without the lease."""
        with self._turn:
            if not leases.take(self._database, self._lease, self._holder, LEASE):
                return 0
            most = min(MOST_RECORDS + len(self._tried), MOST_READ)
            found = self._reader.due(self._now(), self._kinds(), most)
            metrics.OVERDUE.labels(self._lease).set(max(0, len(found) - MOST_RECORDS))
            acted = self._act(self._ordered(found)[:MOST_RECORDS])
            names = {cause(record, "") for record in found}
            self._tried = {cause(record, "") for record in acted} | (self._tried & names)
            if len(acted) < len(found):
                self._signal.set()
            return len(acted)

    def _kinds(self) -> Collection[str]:
        """Return the kinds to act on: only SOS while people are not served, or a known absence is not stored yet."""
        try:
            is_served = self.attendance is None or self.attendance.attend()
        except Problem as problem:
            log.warning("deadlines wait until an absence is stored", code=problem.code)
            is_served = False
        return self.due_handlers.keys() if is_served else (URGENT_KIND,)

    def _ordered(self, due: list[Record]) -> list[Record]:
        """Return due records in the order to act on them: untried ones first, so that failing ones hold up no other.

        Within each group, calls for help come first and positions last. A run takes its records in this order, so a
        backlog of positions, which are the most, delays nothing else.
        """
        return sorted(
            due,
            key=lambda one: (cause(one, "") in self._tried, one.kind != URGENT_KIND, one.kind == LAST_KIND),
        )

    def _act(self, due: list[Record]) -> list[Record]:
        """Act on due records, kind by kind, until RUN is over; return those acted on.

        A call for help that falls due meanwhile is acted on in the next run.
        """
        end, acted = time.monotonic() + RUN, list[Record]()
        for kind, act in self.due_handlers.items():
            found = [record for record in due if record.kind == kind]
            for portion in self._portions(act, found):
                if acted and time.monotonic() > end:
                    return acted
                _do(partial(act, portion), kind)
                acted += portion
        return acted

    def _portions(self, act: DueHandler, found: list[Record]) -> list[list[Record]]:
        """Return records of a kind in portions to act on. A record tried before is a portion alone, and fails alone."""
        if not isinstance(act, Each):
            return [found] if found else []
        size = 1 if act.together is None else TOGETHER
        untried = [record for record in found if cause(record, "") not in self._tried]
        alone = [[record] for record in found if cause(record, "") in self._tried]
        return [*(untried[at : at + size] for at in range(0, len(untried), size)), *alone]

    def start(self) -> None:
        """Look for due records in a thread, until stopped."""
        threading.Thread(target=self._loop, name=self._lease, daemon=True).start()

    def stop(self) -> None:
        """Stop looking, and give the lease back for another worker."""
        self._stopped = True
        self._signal.set()
        try:
            leases.give_back(self._database, self._lease, self._holder)
        except PyMongoError as error:
            metrics.failed(error)
            log.warning("the lease of the scheduler could not be given back; it ends by itself")

    def _loop(self) -> None:
        while not self._stopped:
            self._signal.wait(LOOK_EVERY)
            self._signal.clear()
            try:
                self.run()
            except PyMongoError as error:
                metrics.failed(error)
                log.warning("the database does not answer the scheduler")
            except Exception:  # the loop must survive any error: the next call for help depends on it
                log.exception("a run of the scheduler failed")


@dataclass(frozen=True, slots=True)
class Each:
    """A due handler that acts on records one by one; a failing record delays no other.

    ``together`` acts on several that are due at once, and raises the Problem of the first that fails.
    """

    act: Callable[[Record], object]
    together: DueHandler | None = None

    def __call__(self, records: Sequence[Record]) -> None:
        """Act on records."""
        if self.together is not None and len(records) > 1:
            self.together(records)
        else:
            for record in records:
                _do(partial(self.act, record), record.kind)


def cause(record: Record, what: str) -> str:
    """Return the id of the mutation for a due record. It is the same as long as the record has not changed."""
    parts = (what, *record.key, str(record.seq), str(record.due))
    return sha256("|".join(parts).encode()).hexdigest()[:32]


def _do(act: Callable[[], object], kind: str) -> None:
    """Act; raises PyMongoError and logs other failures. A record that failed is still due: the next run retries."""
    try:
        act()
    except NotYet:
        log.info("a due record is tried later", kind=kind)
    except Problem as problem:
        log.warning("a due record was refused", kind=kind, code=problem.code)
    except PyMongoError:
        raise
    except Exception:
        log.exception("a due handler failed", kind=kind)
