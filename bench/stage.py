"""What a benchmark runs on: the real server, its embedded database, and a temporary directory; all end afterwards."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import psutil

from server.embedded_database.client import Embedded
from server.limits.settings import PREFIX, Limits
from server.store.database import Mongo, connect
from tests.sealed import MASTER_KEYS

ROOT = Path(__file__).parent.parent
KEY = "a-key-for-benchmarks-only-of-40-characters"
SETTINGS = {"MONGODB_URI", "TRUSTED_PROXIES", "WORKERS", "BUS_URL", "METRICS_TOKEN"}
PATIENCE = 30  # seconds for a server to stop in good order


class Server(NamedTuple):
    """A running gunicorn, or Node."""

    address: str  # host:port
    process: psutil.Process  # gunicorn's arbiter; Node itself

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that serve requests."""
        return [child for child in self.process.children() if "gunicorn" in " ".join(child.cmdline())] or [self.process]

    @property
    def worker(self) -> psutil.Process:
        """The one process that serves requests; raises ValueError if there are several."""
        (only,) = self.workers
        return only

    def renewed(self) -> psutil.Process:
        """Kill the worker, and return the new one that replaces it, once that is ready. It remembers nothing."""
        worker = self.worker
        worker.kill()
        worker.wait(PATIENCE)
        while not _is_ready(self.address):
            pass
        return self.worker


class Stage(NamedTuple):
    """A server, and the database it stores into."""

    server: Server
    mongo: Mongo
    database: psutil.Process
    uri: str  # of the database


@contextmanager
def beside(app: str = "wsgi:app", **environment: str) -> Iterator[Stage]:
    """Run Beside, or an app like it, on a database of its own, without limits unless ``environment`` sets them."""
    with tempfile.TemporaryDirectory(prefix="beside-bench-") as directory:
        embedded = Embedded(Path(directory))
        mongo = connect(embedded.uri)
        try:
            with gunicorn(app, Path(directory), MONGODB_URI=embedded.uri, **environment) as server:
                supervisor = psutil.Process(embedded._supervisor.pid)
                yield Stage(server, mongo, supervisor.children()[0], embedded.uri)
        finally:
            mongo.client.close()
            embedded.stop()


@contextmanager
def gunicorn(app: str, directory: Path, **environment: str) -> Iterator[Server]:
    """Run an app as Beside is run, with `gunicorn.conf.py`, on a free port; wait until /readyz says 200."""
    with started([Path(sys.executable).parent / "gunicorn", app], directory, **environment) as server:
        yield server


@contextmanager
def started(command: Sequence[Path | str], directory: Path, **environment: str) -> Iterator[Server]:
    """Run a program that prints its address as Beside does; wait until /readyz says 200."""
    log = directory / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(directory, environment),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        server = Server(_address(process, log), psutil.Process(process.pid))
        _wait(server, log)
        yield server
    finally:
        _stop(process)


def _environment(directory: Path, more: dict[str, str]) -> dict[str, str]:
    """Return the environment of a server: without Beside's settings of this process, except those given here."""
    keys = {"SECRET_KEYS": KEY, "MASTER_KEYS": MASTER_KEYS}
    ours = {**keys, "PORT": "0", "HOST": "127.0.0.1", "DATA_DIR": str(directory)}
    limits = {PREFIX + one.name.upper(): "0" for one in fields(Limits)}  # none: a few phones make all the load
    theirs = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    return {**theirs, **ours, **limits, **more}


def _address(process: subprocess.Popen[str], log: Path) -> str:
    """Wait until a server prints its address, and return it; raises RuntimeError with its log if it ends instead."""
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"Beside is at http://(\S+),", line)
        if found:
            return found[1]
    process.wait()
    raise RuntimeError(log.read_text())


def _wait(server: Server, log: Path) -> None:
    """Wait until a server is ready for phones; raises RuntimeError with its log if it does not answer.

    The server listens before its worker serves, so the first answer takes a while.
    """
    try:
        while not _is_ready(server.address):
            pass
    except OSError as error:
        raise RuntimeError(log.read_text()) from error


def _is_ready(address: str) -> bool:
    connection = HTTPConnection(address, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    finally:
        connection.close()


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop a server in good order; if that takes too long, kill it with its workers."""
    process.terminate()
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        for child in psutil.Process(process.pid).children():
            child.kill()
        process.kill()
        process.communicate()
