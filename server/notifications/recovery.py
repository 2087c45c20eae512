"""Crash recovery: a worker's heartbeat says up to when it has enqueued the notifications of all its commits.

When a worker dies, another worker goes through everything stored since the last heartbeat. So storing a message costs
nothing extra for its notification: no mark is written with each message, nor removed later. A change that is gone
through twice is enqueued once; a device is notified at least once.
"""

import threading
from collections.abc import Callable, Iterable

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.commands.context import Clock
from server.notifications.enqueuer import Enqueuer
from server.notifications.pending import PendingNotifications
from server.observability import metrics
from server.store import leases, ledger
from server.store.database import Mongo
from server.store.reader import Reader
from sync.record import Key

log = structlog.get_logger()

ALIVE = 30_000  # ms without a heartbeat after which a worker counts as dead
BEAT = 5_000  # ms between two heartbeats
GATHER = 0.1  # seconds in which changes are gathered
MARGIN = 15_000  # ms that may pass from the decision of a mutation to its commit: more than a transaction may take
PORTION = 1_000  # ledger rows gone through at once


class CrashRecovery:
    """The heartbeats of one worker, and the recovery of notifications that dead workers have not enqueued."""

    def __init__(
        self,
        database: Mongo,
        settle: Callable[[], None],
        reader: Reader,
        pending: PendingNotifications,
        enqueuer: Enqueuer,
        now: Clock,
        worker: str,
    ) -> None:
        """Take ``settle``, which collects the changes of commits that had no answer, and a name for this worker."""
        self._database, self._settle, self._reader, self._now, self._worker = database, settle, reader, now, worker
        self._pending, self._enqueuer = pending, enqueuer
        self._beaten, self._healed = 0, 0
        self._stopped, self._pause = False, threading.Event()

    def start(self) -> None:
        """Store heartbeats and recover notifications, in a thread, until stopped."""
        threading.Thread(target=self._loop, name="heartbeat", daemon=True).start()

    def beat(self) -> None:
        """Enqueue pending notifications; at most every BEAT ms, store a heartbeat: all up to now are enqueued."""
        now = self._now()
        metrics.WAITING.labels("effects").set(len(self._pending))
        self._settle()
        self._enqueuer.enqueue()
        if now >= self._beaten + BEAT:
            leases.beat(self._database, self._worker, now)
            self._beaten = now

    def stop(self) -> None:
        """Enqueue pending notifications. Another worker notifies of changes stored while this worker ends."""
        self._stopped = True
        try:
            self._enqueuer.enqueue()
        except (Problem, PyMongoError):
            log.warning("not everybody could be notified; another worker goes through it")

    def heal(self) -> None:
        """Go through the changes that dead workers may not have enqueued; looks for dead workers once in ALIVE ms."""
        if self._now() < self._healed + ALIVE:
            return
        self._healed = self._now()
        for worker, since in leases.stopped(self._database, self._now() - ALIVE):
            for rows in ledger.since(self._database, since - MARGIN, PORTION):
                self._collect(rows)
            self._enqueuer.enqueue()
            leases.forget_worker(self._database, worker)

    def _loop(self) -> None:
        while not self._stopped:
            try:
                self.beat()
                self.heal()
            except (Problem, PyMongoError) as error:
                metrics.failed(error)
                log.warning("notifications could not be enqueued; they are tried again")
                self._pending.collected.set()
            except Exception:
                log.exception("a heartbeat failed")
            self._pause.wait(GATHER)
            self._pending.collected.wait(BEAT / 1000)
            self._pending.collected.clear()

    def _collect(self, rows: Iterable[tuple[str, tuple[Key, ...]]]) -> None:
        told = list(rows)
        found = self._reader.get(key for _, keys in told for key in keys)
        for user, keys in told:
            self._pending.collect([found[key] for key in keys if key in found], user)
