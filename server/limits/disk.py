"""The room on the database's disk. Below the reserve nothing new is stored, so that deletes and calls for help can be.

A database that runs into the end of its disk stops, and may lose what it has acknowledged last: with the embedded
database on tmpfs, the last commit was lost in 8 of 8 trials. So Beside stops storing new things before, and proves by a
further write what it stores in the reserve (`server/store/transaction.py`); then nothing was lost.
"""

import shutil
import threading
from collections.abc import Callable

import structlog
from pymongo.errors import PyMongoError

from server.config import Config
from server.observability import metrics
from server.store.database import Document, Mongo

log = structlog.get_logger()

LOOK_EVERY = 1.0  # seconds
MEGABYTE = 1_000_000

FILES = "db"  # the name of the embedded database within DATA_DIR

Free = Callable[[], int | None]  # returns the free bytes of the database's disk; None: not known


def disk_space(config: Config, database: Mongo) -> "DiskSpace":
    """Return the disk of a database.

    The embedded database is on this machine, under DATA_DIR. A MongoDB says in `dbStats` how much room it has; through
    `mongos` the fullest shard counts.
    """
    reserve = config.limits.disk_reserve_megabytes
    if config.is_embedded:
        return DiskSpace(lambda: shutil.disk_usage(config.data_dir / FILES).free, reserve)
    return DiskSpace(lambda: _stated(database.command("dbStats")), reserve, is_near=False)


def _stated(stats: Document) -> int | None:
    """Return the free bytes in an answer to `dbStats`, or None if it does not say."""
    shards = [stats, *stats.get("raw", {}).values()]
    free = [one["fsTotalSize"] - one["fsUsedSize"] for one in shards if "fsTotalSize" in one and "fsUsedSize" in one]
    return int(min(free)) if free else None


class DiskSpace:
    """Whether the database's disk has room for anything new."""

    def __init__(self, free: Free, reserve_megabytes: int, *, is_near: bool = True) -> None:
        """Take the function that finds out how much room there is. ``is_near``: it costs nothing, on this machine."""
        self._free, self._reserve, self._is_near = free, reserve_megabytes * MEGABYTE, is_near
        self._stopped = threading.Event()
        self.is_low = False

    def is_low_now(self) -> bool:
        """Tell whether there is room at this moment, or, if the database is on another machine, a second ago."""
        if self._is_near and self._reserve:
            self.look()
        return self.is_low

    def look(self) -> None:
        """Find out whether there is room; without an answer of the database nothing changes."""
        try:
            free = self._free()
        except (OSError, PyMongoError):
            return
        if free is None:
            return
        metrics.DISK_FREE.set(free)
        was_low, self.is_low = self.is_low, free < self._reserve
        if self.is_low and not was_low:
            log.error("the disk is nearly full: nothing new is stored", free_megabytes=free // MEGABYTE)
        elif was_low and not self.is_low:
            log.info("the disk has room again", free_megabytes=free // MEGABYTE)

    def start(self) -> None:
        """Look every LOOK_EVERY seconds, in a thread, until stopped."""
        self.look()
        threading.Thread(target=self._loop, name="disk space", daemon=True).start()

    def stop(self) -> None:
        """Stop looking."""
        self._stopped.set()

    def _loop(self) -> None:
        while not self._stopped.wait(LOOK_EVERY):
            self.look()
