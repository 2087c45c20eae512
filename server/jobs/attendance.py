"""Attendance: whether people could be served, and the absences in which they could not.

Every worker says every few seconds, in the database, that it serves people. It cannot say so while the database is
away, takes nothing new because its disk is full, or takes nothing from workers of an older layout. When a worker says
so again after more than a minute, the time between is an absence. It is stored before any deadline is acted on.
"""

import threading
import time
from collections.abc import Callable

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.commands.context import Clock
from server.observability import metrics
from server.store import attendance, layout
from server.store.database import Mongo
from sync.clock import MINUTE
from sync.record import Record, Wire

log = structlog.get_logger()

SAY_EVERY = 5_000  # ms
LONGEST_GAP = MINUTE  # ms; gaps up to this long are not an outage: a restart, or an election of the database
RETRY = 1.0  # seconds after which a worker that could not say it tries again


def uptime() -> int:
    """Return the ms since this machine started, with the time for which it was suspended. No clock is set back."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


class Attendance:
    """What one worker says about it, and the absences that it finds."""

    def __init__(
        self,
        database: Mongo,
        order: Callable[[str, Wire, str], list[Record]],
        is_disk_low: Callable[[], bool],
        now: Clock,
        uptime: Clock = uptime,
    ) -> None:
        """Take ``order``, which runs internal commands, and ``uptime``, a clock that only goes forward, in ms."""
        self._database, self._order, self._is_disk_low, self._now = database, order, is_disk_low, now
        self._uptime, self._turn, self._stopped = uptime, threading.Lock(), threading.Event()
        self._acknowledged = 0  # the database's time of the last word that it acknowledged, in ms
        self._said: int | None = None  # the uptime before that word

    def attend(self) -> bool:
        """Say that people are served, at most every SAY_EVERY ms; store the absence before, if there was one.

        Returns False if people are not served: the disk is full, or a newer version stores in this database. Raises
        PyMongoError, or the Problem with which the absence could not be stored.
        """
        with self._turn:  # of the scheduler's thread and our own
            if self._is_disk_low():
                return False
            now = self._uptime()
            if self._said is not None and now < self._said + SAY_EVERY:
                return True
            if layout.stored(self._database) > layout.LAYOUT:
                return False
            since, until = attendance.move_on(self._database, self._acknowledged)
            if until - since > LONGEST_GAP:
                self._resume(since, until)
            self._said, self._acknowledged = now, until
            return True

    def _resume(self, since: int, until: int) -> None:
        """Go on after a gap; store it as an absence, unless this worker has served people: then a clock was set.

        Only the length of the gap is used: the clocks of the database and of this worker may differ.
        """
        if self._said is None or self._uptime() - self._said > LONGEST_GAP:
            log.warning("nobody could be served; deadlines are extended", seconds=(until - since) // 1000)
            end = self._now()
            start = end - (until - since)
            self._order("absence.add", {"since": start, "until": end}, f"absence.{start}.{end}")
        attendance.resume(self._database, since, until)

    def start(self) -> None:
        """Say it now, so that no request is answered before an absence is known; then in a thread, until stopped."""
        self._try()
        threading.Thread(target=self._loop, name="attendance", daemon=True).start()

    def stop(self) -> None:
        """Say nothing more."""
        self._stopped.set()

    def _loop(self) -> None:
        while not self._stopped.wait(RETRY):
            self._try()

    def _try(self) -> None:
        try:
            self.attend()
        except PyMongoError as error:
            metrics.failed(error)
        except Problem as problem:
            log.warning("an absence could not be stored; it is tried again", code=problem.code)
