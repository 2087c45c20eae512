"""The embedded database, as Beside sees it: a supervisor process that is started, asked for its URI, and stopped.

Standard library only: gunicorn's arbiter imports this module, before gevent patches the workers.
"""

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

PAUSE = 5.0  # seconds between attempts to start a supervisor again


class Unusable(Exception):
    """The database cannot be started; the message says what to do."""


_running: list["Embedded"] = []  # kept here: gunicorn's configuration loses its variables when it is reloaded


class Embedded:
    """A running embedded database. It ends with the process that started it, even if that process is killed.

    A supervisor that ends by itself is started again, on the same port: the database's clients find it there.
    """

    def __init__(self, directory: Path) -> None:
        """Start the database with its files under ``directory``; raises Unusable, whose message says what to do."""
        self._directory, self._port = directory, 0
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._supervisor, self.uri = self._launch()
        self._port = int(self.uri.partition("@")[2].partition("/")[0].rpartition(":")[2])
        _running.append(self)
        threading.Thread(target=self._watch, name="embedded database", daemon=True).start()

    def end_orphans(self) -> None:
        """End all open transactions: those of a dead worker would block all later writers of the same documents."""
        assert self._supervisor.stdin is not None
        with suppress(OSError, ValueError):  # a supervisor that is started again ends them all anyway
            self._supervisor.stdin.write("orphans\n")
            self._supervisor.stdin.flush()

    def stop(self) -> None:
        """Stop the database; every acknowledged write is on disk."""
        self._stopping.set()
        _running.remove(self)
        with self._lock, suppress(OSError):
            assert self._supervisor.stdin is not None
            self._supervisor.stdin.close()
            self._supervisor.wait()

    def _launch(self) -> tuple["subprocess.Popen[str]", str]:
        """Start a supervisor; return it and the database's URI. Raises Unusable."""
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "server.embedded_database.supervisor", str(self._directory), str(self._port)],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C must not reach it; the database stops after the last write
        )
        assert supervisor.stdout is not None
        word, _, rest = supervisor.stdout.readline().strip().partition(" ")
        if word != "ready":
            supervisor.communicate()
            raise Unusable(rest or "The supervisor of the embedded database ended by itself.")
        return supervisor, rest

    def _watch(self) -> None:
        """Start the supervisor again whenever it ends by itself. The end of its output shows that it has ended."""
        while not self._stopping.is_set():
            assert self._supervisor.stdout is not None
            with self._supervisor.stdout as output:
                output.read()
            self._supervisor.wait()
            with self._lock:
                if not self._stopping.is_set():
                    self._relaunch()

    def _relaunch(self) -> None:
        print("The supervisor of the embedded database ended by itself and is started again.", file=sys.stderr)
        while not self._stopping.is_set():
            try:
                self._supervisor, self.uri = self._launch()
            except Unusable as error:
                print(error, file=sys.stderr, flush=True)
                self._stopping.wait(PAUSE)
            else:
                return


def running() -> Embedded | None:
    """Return the database that this process has started, if any."""
    return _running[-1] if _running else None
