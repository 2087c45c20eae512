"""The free space on the database's disk. Below the reserve only deletes, calls for help and the like are stored.

A database whose disk is full stops, and may lose the last commits that it has acknowledged: with the embedded database
on tmpfs, the last commit was lost in 8 of 8 trials. So Beside refuses new data before that, and confirms each commit in
the reserve by a further write (`server/store/transaction.py`); then nothing was lost.
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
    """Return the disk space of a database.

    The embedded database is on this machine, under DATA_DIR. For MongoDB, `dbStats` says how much space is free; with
    `mongos`, the fullest shard counts.
    """
    reserve = config.limits.disk_reserve_megabytes
    if config.is_embedded:
        return DiskSpace(lambda: shutil.disk_usage(config.data_dir / FILES).free, reserve)
    return DiskSpace(lambda: _stated(database.command("dbStats")), reserve, is_near=False)


def _stated(stats: Document) -> int | None:
    """Return the free bytes in an answer to `dbStats`, or None if it has no such fields."""
    shards = [stats, *stats.get("raw", {}).values()]
    free = [one["fsTotalSize"] - one["fsUsedSize"] for one in shards if "fsTotalSize" in one and "fsUsedSize" in one]
    return int(min(free)) if free else None


class DiskSpace:
    """Whether the database's disk has room for anything new."""

    def __init__(self, free: Free, reserve_megabytes: int, *, is_near: bool = True) -> None:
        """Take the function that returns the free bytes. ``is_near``: the disk is local, so the function is cheap."""
        self._free, self._reserve, self._is_near = free, reserve_megabytes * MEGABYTE, is_near
        self._stopped = threading.Event()
        self.is_low = False

    def is_low_now(self) -> bool:
        """Tell whether the disk is nearly full: now if it is on this machine, else at the last look, a second ago."""
        if self._is_near and self._reserve:
            self.look()
        return self.is_low

    def look(self) -> None:
        """Measure the free space and set ``is_low``; without an answer, ``is_low`` stays as it is."""
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
