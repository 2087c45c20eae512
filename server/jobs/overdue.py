"""Measures how long the oldest due record has waited. Every worker does, so it is known while no worker runs timers."""

import threading

import structlog
from pymongo.errors import PyMongoError

from server.commands.context import Clock
from server.observability import metrics
from server.store.reader import Reader

log = structlog.get_logger()

LOOK_EVERY = 15.0  # seconds
LATE = 60_000  # ms after which an error is logged: calls for help may be late


class OverdueWatch:
    """Measures how late timers are."""

    def __init__(self, reader: Reader, now: Clock) -> None:
        self._reader, self._now = reader, now
        self._stopped, self._is_late = threading.Event(), False

    def look(self) -> int:
        """Return for how many ms the oldest due record has been due, 0 if none is due. Raises PyMongoError."""
        now = self._now()
        oldest = self._reader.oldest_due(now)
        late = 0 if oldest is None else now - oldest
        metrics.OLDEST_OVERDUE.set(late / 1000)
        if late > LATE and not self._is_late:
            log.error("timers are late: calls for help may be late", seconds=late // 1000)
        self._is_late = late > LATE
        return late

    def start(self) -> None:
        """Measure every LOOK_EVERY seconds, in a thread, until stopped."""
        threading.Thread(target=self._loop, name="overdue watch", daemon=True).start()

    def stop(self) -> None:
        """Stop measuring."""
        self._stopped.set()

    def _loop(self) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            try:
                self.look()
            except PyMongoError as error:
                metrics.failed(error)
