"""Attendance: whether people could be served, and the absences in which they could not.

Every worker says every few seconds, in the database, that it serves people. It cannot say so while the database is
away, or takes nothing new because its disk is full. When somebody says so again after more than a minute, the time
between is an absence. It is stored before any deadline is acted on.
"""

import threading
from collections.abc import Callable

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.commands.context import Clock
from server.observability import metrics
from server.store import attendance
from server.store.database import Mongo
from sync.clock import MINUTE
from sync.record import Record, Wire

log = structlog.get_logger()

SAY_EVERY = 5_000  # ms
LONGEST_GAP = MINUTE  # ms without a word that are no absence: a restart, or an election of the database
RETRY = 1.0  # seconds after which a worker that could not say it tries again


class Attendance:
    """What one worker says about it, and the absences that it finds."""

    def __init__(
        self,
        database: Mongo,
        order: Callable[[str, Wire, str], list[Record]],
        is_disk_low: Callable[[], bool],
        now: Clock,
    ) -> None:
        """Take ``order``, which runs internal commands."""
        self._database, self._order, self._is_disk_low, self._now = database, order, is_disk_low, now
        self._said, self._turn, self._stopped = 0, threading.Lock(), threading.Event()

    def attend(self) -> None:
        """Say that people are served, at most every SAY_EVERY ms; store the absence before, if there was one.

        Raises PyMongoError, or the Problem with which the absence could not be stored.
        """
        with self._turn:  # of the scheduler's thread and our own
            now = self._now()
            if self._said <= now < self._said + SAY_EVERY or self._is_disk_low():
                return
            absence = attendance.move_on(self._database, LONGEST_GAP)
            if absence is not None:
                self._store(*absence)
            self._said = now

    def _store(self, since: int, until: int) -> None:
        log.warning("nobody could be served; deadlines are moved on", seconds=(until - since) // 1000)
        self._order("absence.add", {"since": since, "until": until}, f"absence.{since}.{until}")
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
