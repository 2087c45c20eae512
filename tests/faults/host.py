"""A machine that Beside runs on, with the embedded database, whose parts can be killed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil
from pymongo import MongoClient

from server.embedded_database.process import PROGRAM
from server.store.database import Document, database
from tests.conftest import Running
from tests.waiting import PATIENCE, until

SUPERVISOR = "server.embedded_database.supervisor"


class Host:
    """One server with a database of its own."""

    def __init__(self, directory: Path, **environment: str) -> None:
        self.server = Running(None, DATA_DIR=str(directory), **environment)
        self.said: list[str] = []
        self._readers = [
            threading.Thread(target=self._listen, args=(stream,))
            for stream in (self.server.process.stdout, self.server.process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        self.client: MongoClient[Document] = MongoClient((directory / "db.uri").read_text(), timeoutMS=20_000)
        self.server.mongo = database(self.client, "beside")

    def kill(self, part: str) -> None:
        """Kill the worker or the database; if there is none at the moment, wait for the next one."""
        self._find(part).kill()

    @contextmanager
    def hung(self, part: str) -> Iterator[None]:
        """Let the worker or the database hang for a while: alive, and silent."""
        process = self._find(part)
        process.suspend()
        yield
        process.resume()

    def _find(self, part: str) -> psutil.Process:
        found = until(
            lambda: [process for process in self._tree() if _is(process, part)], f"the {part} has not come back"
        )
        return found[0]

    def hold(self, command: str, seconds: float, times: int = 1) -> None:
        """Let the database delay the next ``times`` commands of this name."""
        data = {"failCommands": [command], "blockConnection": True, "blockTimeMS": int(seconds * 1000)}
        self.client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": times}, "data": data})

    def release(self) -> None:
        """Let the database delay no more commands."""
        self.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})

    def stop(self) -> None:
        self.client.close()
        self.server.process.terminate()
        self.server.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join()

    def memory(self) -> int:
        """Return the bytes of memory that the workers hold now."""
        return sum(process.memory_info().rss for process in self._tree() if _is(process, "worker"))

    def _tree(self) -> list[psutil.Process]:
        return psutil.Process(self.server.process.pid).children(recursive=True)

    def _listen(self, stream: IO[str]) -> None:
        """Read the server's output, so that a full pipe never blocks the server."""
        with stream:
            self.said += stream


def part_of(process: psutil.Process) -> str:
    """Return which part of a server a process is: the database, its supervisor, or a worker."""
    if process.name() == PROGRAM:
        return "database"
    return "supervisor" if SUPERVISOR in process.cmdline() else "worker" if "wsgi:app" in process.cmdline() else ""


def _is(process: psutil.Process, part: str) -> bool:
    with suppress(psutil.NoSuchProcess):
        if process.status() != psutil.STATUS_ZOMBIE:
            return part_of(process) == part
    return False
