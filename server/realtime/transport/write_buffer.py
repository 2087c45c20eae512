"""The write buffer of one phone: data is written in order, with few system calls, and no caller waits for a slow phone.

All frames for a phone in one turn of the event loop are written with one system call, because a system call costs more
than all other work for a frame. Data that the phone does not accept waits here. A phone with too much waiting data is
disconnected; it reconnects and catches up by its cursor.
"""

import socket
from contextlib import suppress
from typing import Any

import gevent

MOST_PIECES = 2_000  # pieces that may wait for a phone
MOST_BYTES = 9_000_000  # bytes that may wait for a phone; one piece alone may be longer


class WriteBuffer:
    """The writing side of a connection. Only ``join`` waits."""

    __slots__ = ("_busy", "_ends", "_length", "_ready", "socket")

    def __init__(self, connection: Any) -> None:
        """Take gevent's socket."""
        self.socket = connection
        self._ready: list[bytes] = []
        self._length = 0
        self._ends = False
        self._busy: Any = None  # the greenlet that writes to a phone that is slow

    def offer(self, data: bytes) -> None:
        """Write data at the end of this turn of the event loop, or once the phone accepts it; b"" ends our side."""
        if not data:
            self._ends = True
        self._length += len(data)
        self._ready.append(data)
        if len(self._ready) > MOST_PIECES or (len(self._ready) > 1 and self._length > MOST_BYTES):
            self._ready.clear()
            self.abort()
        elif len(self._ready) == 1 and self._busy is None:
            _soon(self)

    def flush(self) -> None:
        """Write the data that waits. A greenlet writes the rest if the phone does not accept all of it at once."""
        if self._busy is not None:
            return None
        data = self._taken()
        try:
            sent = self.socket.send(data, 0, 0.0) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.abort()
        if sent < len(data):
            self._busy = gevent.spawn(self._write, data[sent:])
        elif self._ends:
            self._end()
        return None

    def join(self, timeout: float) -> None:
        """Wait until the phone has accepted all data, ``timeout`` seconds at most."""
        self.flush()
        if self._busy is not None:
            self._busy.join(timeout)

    def abort(self) -> None:
        """End the connection at once; greenlets that read from it or write to it are woken."""
        with suppress(OSError):  # the connection has ended already
            self.socket.shutdown(socket.SHUT_RDWR)

    def _write(self, data: bytes) -> None:
        try:
            while data:
                self.socket.sendall(data)
                data = self._taken()
            if self._ends:
                self._end()
        except OSError:
            self.abort()
        finally:
            self._busy = None

    def _end(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def _taken(self) -> bytes:
        data = b"".join(self._ready)
        self._ready.clear()
        self._length = 0
        return data


_due: list[WriteBuffer] = []


def _soon(buffer: WriteBuffer) -> None:
    """Flush a buffer when all greenlets that run in this turn of the event loop have offered their data."""
    if not _due:
        gevent.get_hub().loop.run_callback(_after_others)
    _due.append(buffer)


def _after_others() -> None:
    """Flush after the greenlets that were woken since the first ``offer`` of this turn."""
    gevent.get_hub().loop.run_callback(_flush)


def _flush() -> None:
    due = _due.copy()
    _due.clear()
    for buffer in due:
        buffer.flush()
