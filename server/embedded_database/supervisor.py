"""The supervisor of the embedded database: starts `secantusd-rs`, watches it, and stops it in the end.

    python -m server.embedded_database.supervisor DIRECTORY [PORT]

Prints `ready URI` or `unusable WHY`; then reads lines `orphans` until its input ends, which also happens when the
process that started it is killed. This module works around two problems of the database. An abandoned transaction
blocks others for ever: `orphans` ends all transactions. And the record that the database keeps of retryable writes
slows every write down: ``retryWrites=false`` avoids it (the ledger makes retries safe).
"""

import contextlib
import fcntl
import os
import secrets
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from server.data_directory import UMASK, private, require_private
from server.embedded_database.client import Unusable
from server.embedded_database.process import DatabaseProcess
from server.embedded_database.write_probe import WriteProbe

LET_GO = 10.0  # seconds that the database of a killed supervisor needs to stop, and release the directory
USER = "beside"


class Supervisor:
    """One database on a loopback port, with its files under one directory."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self._directory, self._files = directory, directory / "db"
        self._lock: IO[str] | None = None
        self._probe: WriteProbe | None = None
        self._program = DatabaseProcess(self._files, self._directory / "db.log", port)

    def start(self) -> str:
        """Start the database and return its URI; raises Unusable, whose message says what to do."""
        try:
            return self._started()
        except Unusable:
            if self._lock is not None:
                self._lock.close()
            raise

    def _started(self) -> str:
        self._claim()
        password = self._password()
        self._program.launch("--auth")
        options = "authSource=admin&directConnection=true&retryWrites=false"
        self._uri = f"mongodb://{USER}:{password}@127.0.0.1:{self._program.port}/?{options}"
        self.end_orphans()
        _write_private(self._directory / "db.uri", self._uri)
        threading.Thread(target=self._program.watch, daemon=True).start()
        self._probe = WriteProbe(self._uri, self._files, self._program.restart)
        threading.Thread(target=self._probe.run, daemon=True).start()
        return self._uri

    def end_orphans(self) -> None:
        """End every open transaction. Workers that are alive try theirs again."""
        with contextlib.suppress(PyMongoError), MongoClient[Any](self._uri, timeoutMS=5000) as client:
            client.admin.command("killAllSessions", [])

    def stop(self) -> None:
        """Stop the database and release the directory."""
        if self._probe is not None:
            self._probe.stop()
        self._program.stop()
        (self._directory / "db.uri").unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.close()

    def _claim(self) -> None:
        """Lock the directory; raises Unusable if it cannot be used, or if another Beside uses it."""
        require_private(self._directory)
        try:
            self._files.mkdir(mode=0o700, exist_ok=True)
            self._lock = open(self._directory / "db.lock", "w", opener=private)  # noqa: SIM115 — held
        except OSError as error:
            raise Unusable(f"{self._directory} cannot be used: {error.strerror}.") from error
        deadline = time.monotonic() + LET_GO
        while not _locked(self._lock):
            if time.monotonic() > deadline:
                stop = "Stop that one, or set DATA_DIR to another directory."
                raise Unusable(f"{self._directory} is in use by another Beside. {stop}")
            time.sleep(0.1)  # flock can wait for a lock, but not with a deadline
        self._program.lock = self._lock

    def _password(self) -> str:
        """Return the password of the database; on first use, make it and set it."""
        path = self._directory / "db.password"
        if not path.exists():
            password = secrets.token_urlsafe(24)
            self._program.launch()
            with MongoClient[Any](f"mongodb://127.0.0.1:{self._program.port}/?directConnection=true") as client:
                with contextlib.suppress(PyMongoError):  # the user exists if a first start was cut short
                    client.admin.command("dropUser", USER)
                client.admin.command("createUser", USER, pwd=password, roles=["root"])
            self._program.end()
            _write_private(path, password)
        return path.read_text().strip()


def main(directory: str, port: str = "0") -> int:
    """Run the database of a directory until the input ends; return the exit status."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the end of the input stops it instead
    os.umask(UMASK)
    supervisor = Supervisor(Path(directory), int(port))
    try:
        print(f"ready {supervisor.start()}", flush=True)
    except Unusable as error:
        print(f"unusable {error}", flush=True)
        return 1
    for line in sys.stdin:
        if line == "orphans\n":
            supervisor.end_orphans()
    supervisor.stop()
    return 0


def running(directory: Path) -> str | None:
    """Return the URI of a database that another process runs in a directory, or None."""
    try:
        uri = (directory / "db.uri").read_text()
        with MongoClient[Any](uri, timeoutMS=1000) as client:
            client.admin.command("ping")
    except (OSError, PyMongoError):
        return None
    return uri


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write_private(path: Path, text: str) -> None:
    with open(path, "w", opener=private) as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
