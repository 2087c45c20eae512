"""The embedded database, as Beside sees it: a supervisor process that is started, asked for its URI, and let go.

Standard library only: gunicorn's arbiter imports this, and it must not import what gevent has yet to patch.
"""

import subprocess
import sys
from pathlib import Path


class Unusable(Exception):
    """The database cannot be started; the message says what to do."""


_running: list["Embedded"] = []  # kept here: gunicorn forgets what its configuration held when it reloads that


class Embedded:
    """A running embedded database. It ends with the process that started it, however that ends."""

    def __init__(self, directory: Path) -> None:
        """Start it, its files under ``directory``; raises Unusable with what to do about it."""
        self._supervisor = subprocess.Popen(
            [sys.executable, "-m", "server.embedded_database.supervisor", str(directory)],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is for us; the database stops after the last write
        )
        assert self._supervisor.stdout is not None
        word, _, rest = self._supervisor.stdout.readline().strip().partition(" ")
        if word != "ready":
            self._supervisor.communicate()
            raise Unusable(rest or "The supervisor of the embedded database ended by itself.")
        self.uri = rest
        _running.append(self)

    def end_orphans(self) -> None:
        """End the transactions of a worker that is gone; they would block every later writer of what they touched."""
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.write("orphans\n")
        self._supervisor.stdin.flush()

    def stop(self) -> None:
        """Stop the database; everything acknowledged is on disk."""
        assert self._supervisor.stdin is not None
        _running.remove(self)
        self._supervisor.stdin.close()
        self._supervisor.wait()
        assert self._supervisor.stdout is not None
        self._supervisor.stdout.close()


def running() -> Embedded | None:
    """Return the database that this process has started, if any."""
    return _running[-1] if _running else None
