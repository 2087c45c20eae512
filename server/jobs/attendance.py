"""Attendance: heartbeats that show that people are served, and the absences in which nobody could be served.

Every worker writes a heartbeat to the database every few seconds. It writes none while the database does not answer,
while the disk is nearly full, or while a newer version has changed the layout. If a heartbeat follows after more than
a minute, the gap is an absence. The absence is stored before any deadline is acted on.
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
LONGEST_GAP = MINUTE  # ms; a shorter gap is no absence, but a restart, or an election of the database
RETRY = 1.0  # seconds between two calls of `attend`


def uptime() -> int:
    """Return the ms since this machine started, including the time in suspend. This clock is never set back."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


class Attendance:
    """The heartbeats of one worker, and the absences that it finds."""

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
        self._acknowledged = 0  # the database's time of the last acknowledged heartbeat, in ms
        self._said: int | None = None  # the uptime before that heartbeat was sent

    def attend(self) -> bool:
        """Write a heartbeat, at most every SAY_EVERY ms; store the absence before it, if there was one.

        Returns False if nobody is served, because the disk is nearly full or a newer version uses this database.
        Raises PyMongoError, or the Problem for which the absence could not be stored.
        """
        with self._turn:  # the scheduler's thread calls this, too
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
        """End a gap. Store it as an absence, unless this worker served people in it: then the database's clock was set.

        Only the length of the gap is used, because the clocks of the database and of this worker may differ.
        """
        if self._said is None or self._uptime() - self._said > LONGEST_GAP:
            log.warning("nobody could be served; deadlines are extended", seconds=(until - since) // 1000)
            end = self._now()
            start = end - (until - since)
            self._order("absence.add", {"since": start, "until": end}, f"absence.{start}.{end}")
        attendance.resume(self._database, since, until)

    def start(self) -> None:
        """Write a heartbeat now, so that an absence is known before the first request; go on in a thread."""
        self._try()
        threading.Thread(target=self._loop, name="attendance", daemon=True).start()

    def stop(self) -> None:
        """Stop the heartbeats."""
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
