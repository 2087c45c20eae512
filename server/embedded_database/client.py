"""The embedded database, as Beside sees it: a supervisor process that is started, asked for its URI, and stopped.

Standard library only: gunicorn's arbiter imports this module, before gevent patches the workers.
"""

import subprocess
import sys
from pathlib import Path


class Unusable(Exception):
    """The database cannot be started; the message says what to do."""


_running: list["Embedded"] = []  # kept here: gunicorn's configuration loses its variables when it is reloaded


class Embedded:
    """A running embedded database. It ends with the process that started it, even if that process is killed."""

    def __init__(self, directory: Path) -> None:
        """Start the database with its files under ``directory``; raises Unusable, whose message says what to do."""
        self._supervisor = subprocess.Popen(
            [sys.executable, "-m", "server.embedded_database.supervisor", str(directory)],
            cwd=Path(__file__).parent.parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C must not reach it; the database stops after the last write
        )
        assert self._supervisor.stdout is not None
        word, _, rest = self._supervisor.stdout.readline().strip().partition(" ")
        if word != "ready":
            self._supervisor.communicate()
            raise Unusable(rest or "The supervisor of the embedded database ended by itself.")
        self.uri = rest
        _running.append(self)

    def end_orphans(self) -> None:
        """End the transactions of a dead worker; they would block every later writer of the documents they wrote."""
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.write("orphans\n")
        self._supervisor.stdin.flush()

    def stop(self) -> None:
        """Stop the database; every acknowledged write is on disk."""
        assert self._supervisor.stdin is not None
        _running.remove(self)
        self._supervisor.stdin.close()
        self._supervisor.wait()
        assert self._supervisor.stdout is not None
        self._supervisor.stdout.close()


def running() -> Embedded | None:
    """Return the database that this process has started, if any."""
    return _running[-1] if _running else None
