"""The Server-Sent Events of one collection, on a socket that a test can read as slowly as it needs."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

from tests.phone import Wire
from tests.waiting import PATIENCE


class Stream:
    """An open stream. ``events`` and ``comments`` hold all that has been received."""

    def __init__(self, address: str, collection: str, *, header: str = "", query: str = "", buffer: int = 0) -> None:
        where = urlsplit(address)
        self._connection = HTTPConnection(str(where.hostname), where.port, timeout=60)
        self._connection.connect()
        self._socket = self._connection.sock
        if buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        path = f"/api/v1/adapters/rxdb/{collection}/stream{query}"
        headers = {"Authorization": f"Bearer {header}"} if header else {}
        self._connection.request("GET", path, headers=headers)
        self._response = self._connection.getresponse()
        self.status, self.type = self._response.status, self._response.getheader("Content-Type", "")
        self.comments: list[str] = []
        self.events: list[Wire] = []
        self.ended = threading.Event()
        self._heard = threading.Condition()
        self._pager = threading.Thread(target=self._read, daemon=True)

    def reading(self) -> "Stream":
        """Begin to read, and return after the first comment, which confirms the subscription."""
        self._pager.start()
        self.wait(lambda: self.comments)
        return self

    def wait(self, enough: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Wait until enough has been received."""
        with self._heard:
            assert self._heard.wait_for(enough, seconds), f"heard only {len(self.events)} events"

    @property
    def documents(self) -> list[Wire]:
        return [document for event in self.events for document in event["documents"]]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._pager.is_alive():
            self._pager.join(10)
        self._response.close()
        self._connection.close()
        self._socket.close()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            while line := self._response.readline():
                self._take(line.decode().rstrip("\n"))
        with self._heard:
            self.ended.set()
            self._heard.notify_all()

    def _take(self, line: str) -> None:
        with self._heard:
            if line.startswith(":"):
                self.comments.append(line)
            elif line:
                self.events.append(json.loads(line.removeprefix("data: ")))
            self._heard.notify_all()
