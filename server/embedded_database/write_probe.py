"""A write every few seconds, to find out whether the embedded database still stores anything.

When its disk is full, the database stops answering reads and writes, and its process lives on. Only a restart helps,
and only once there is room: this heals it without anybody.
"""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

EVERY = 5.0  # seconds between two writes
TIMEOUT = 5000  # ms that a write may take
FAILED = 4  # writes in a row that fail before the database is restarted
ROOM = 96_000_000  # bytes that the database needs to start: its log has files of 64 MB


class WriteProbe:
    """Restarts a database that stores nothing any more."""

    def __init__(self, uri: str, files: Path, restart: Callable[[], None]) -> None:
        """Take the database's URI, the directory of its files, and the function that restarts it."""
        self._uri, self._files, self._restart = uri, files, restart

    def run(self) -> None:
        """Write again and again. It connects with its first write: a process that ends before that ends at once."""
        failed = 0
        with MongoClient[Any](self._uri, timeoutMS=TIMEOUT, connect=False) as client:
            while True:
                time.sleep(EVERY)  # nothing tells us that a database has stopped storing: it must be tried
                failed = 0 if self._writes(client) else failed + 1
                if failed >= FAILED and shutil.disk_usage(self._files).free > ROOM:
                    said = "The embedded database stores nothing any more and is started again."
                    print(said, file=sys.stderr, flush=True)
                    self._restart()
                    failed = 0

    def _writes(self, client: MongoClient[Any]) -> bool:
        try:
            client["beside_probe"]["writes"].update_one({"_id": "probe"}, {"$inc": {"writes": 1}}, upsert=True)
        except PyMongoError:
            return False
        return True
