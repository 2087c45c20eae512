"""A look every few seconds at the embedded database: whether it still stores anything, and what its log keeps.

When its disk is full, the database stops answering reads and writes, and its process lives on. Only a restart helps,
and only once there is room: this heals it without anybody. Its log keeps what was written since its start, also keys
that were destroyed meanwhile. So it is started again after an erasure, at most once in FORGET: commits wait for it.
"""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from server.store.database import NAME

EVERY = 5.0  # seconds between two writes
TIMEOUT = 5000  # ms that a write may take
FAILED = 4  # writes in a row that fail before the database is restarted
FORGET = 3600.0  # seconds between two restarts, at least, after which destroyed keys are not in the log any more
RUNS, CHANGES = 2, 1_100  # runs after which nothing is left; changes of each, more than the oplog keeps
ROOM = 96_000_000  # bytes that the database needs to start: its log has files of 64 MB


class WriteProbe:
    """Restarts a database that stores nothing any more, or whose log keeps destroyed keys."""

    def __init__(self, uri: str, files: Path, restart: Callable[[], None]) -> None:
        """Take the database's URI, the directory of its files, and the function that restarts it."""
        self._uri, self._files, self._restart = uri, files, restart
        self._stopped = threading.Event()
        self._began_at = time.time()  # seconds since the epoch: when the log began

    def run(self) -> None:
        """Write again and again. It connects with its first write: a process that ends before that ends at once."""
        failed = 0
        with MongoClient[Any](self._uri, timeoutMS=TIMEOUT, connect=False) as client:
            while not self._stopped.wait(
                EVERY
            ):  # nothing tells us that a database has stopped storing: it must be tried
                failed = 0 if self._writes(client) else failed + 1
                if failed >= FAILED and shutil.disk_usage(self._files).free > ROOM:
                    failed = 0
                    self._start_again("The embedded database stores nothing any more and is started again.")
                elif failed == 0 and self._keeps_destroyed(client):
                    self._forget(client)

    def stop(self) -> None:
        """Write no more: the database is stopped."""
        self._stopped.set()

    def _writes(self, client: MongoClient[Any]) -> bool:
        try:
            client["beside_probe"]["writes"].update_one({"_id": "probe"}, {"$inc": {"writes": 1}}, upsert=True)
        except PyMongoError:
            return False
        return True

    def _keeps_destroyed(self, client: MongoClient[Any]) -> bool:
        """Tell whether keys were destroyed since the log began, FORGET ago or longer."""
        try:
            row = client[NAME]["keys"].find_one({"_id": "destroyed"})
        except PyMongoError:
            return False
        if row is None or row["at"] < self._began_at * 1000 or time.time() < self._began_at + FORGET:
            return False
        return shutil.disk_usage(self._files).free > ROOM

    def _forget(self, client: MongoClient[Any]) -> None:
        """Start the database again, until its logs and the freed blocks of its files have no destroyed key any more.

        The oplog keeps the last changes, so others take their places. What is freed is overwritten in the next run.
        """
        began_at = self._began_at
        for _ in range(RUNS):
            try:
                changes = client["beside_probe"]["changes"]
                changes.insert_many({"n": number} for number in range(CHANGES))
                changes.delete_many({})
            except PyMongoError:
                self._began_at = began_at  # it is tried again
                return
            self._start_again("The embedded database is started again: its log keeps keys that are destroyed.")
            self._await_answer(client)

    def _await_answer(self, client: MongoClient[Any]) -> None:
        for _ in range(FAILED):
            if self._writes(client):
                return

    def _start_again(self, why: str) -> None:
        print(why, file=sys.stderr, flush=True)
        self._restart()
        self._began_at = time.time()
