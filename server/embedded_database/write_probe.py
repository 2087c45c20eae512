"""Checks every few seconds whether the embedded database still stores anything, and whether its log keeps old keys.

When the disk is full, the database stops answering, but its process goes on. Only a restart helps, and only once there
is room: the probe restarts it then, without an operator. The log of the database keeps all writes since its start,
including keys that were destroyed since. So the database is restarted RUNS times after an erasure. Commits wait for
these restarts, so they happen once in FORGET seconds at most.
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
FORGET = 3600.0  # seconds at least from the last start until restarts that remove destroyed keys from the log
RUNS, CHANGES = 2, 1_100  # restarts until no destroyed key is left; changes before each, more than the oplog keeps
ROOM = 96_000_000  # bytes that the database needs to start: its log has files of 64 MB


class WriteProbe:
    """Restarts a database that stores nothing any more, or whose log keeps destroyed keys."""

    def __init__(self, uri: str, files: Path, restart: Callable[[], None]) -> None:
        """Take the database's URI, the directory of its files, and the function that restarts it."""
        self._uri, self._files, self._restart = uri, files, restart
        self._stopped = threading.Event()
        self._began_at = time.time()  # seconds since the epoch: when the log began

    def run(self) -> None:
        """Write every EVERY seconds until stopped. The client connects only then: an earlier stop is quick."""
        failed = 0
        with MongoClient[Any](self._uri, timeoutMS=TIMEOUT, connect=False) as client:
            while not self._stopped.wait(
                EVERY
            ):  # no event tells that a database has stopped storing: only a write shows it
                failed = 0 if self._writes(client) else failed + 1
                if failed >= FAILED and shutil.disk_usage(self._files).free > ROOM:
                    failed = 0
                    self._start_again("The embedded database stores nothing any more and is started again.")
                elif failed == 0 and self._keeps_destroyed(client):
                    self._forget(client)

    def stop(self) -> None:
        """Write no more, because the database is about to be stopped."""
        self._stopped.set()

    def _writes(self, client: MongoClient[Any]) -> bool:
        try:
            client["beside_probe"]["writes"].update_one({"_id": "probe"}, {"$inc": {"writes": 1}}, upsert=True)
        except PyMongoError:
            return False
        return True

    def _keeps_destroyed(self, client: MongoClient[Any]) -> bool:
        """Tell whether keys were destroyed since the log began, if a restart is possible now: see FORGET and ROOM."""
        try:
            row = client[NAME]["keys"].find_one({"_id": "destroyed"})
        except PyMongoError:
            return False
        if row is None or row["at"] < self._began_at * 1000 or time.time() < self._began_at + FORGET:
            return False
        return shutil.disk_usage(self._files).free > ROOM

    def _forget(self, client: MongoClient[Any]) -> None:
        """Restart the database until neither its logs nor the freed blocks of its files hold a destroyed key.

        The oplog keeps the last changes, so other changes push the keys out. The next run overwrites freed blocks.
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
