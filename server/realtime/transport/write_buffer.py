"""Writing to one phone: whole pieces, in order, in as few system calls as can be, and nobody waits for a slow phone.

All that is said to a phone in one turn of the event loop, frames and the answers to what it sent, is written at once:
a system call costs more than all that a frame costs otherwise. What the phone does not take waits here, up to a
limit; a phone that lets more wait is dropped, and catches up by its cursor.
"""

import socket
from contextlib import suppress
from typing import Any

import gevent

MOST_PIECES = 2_000  # that may wait for a phone
MOST_BYTES = 9_000_000  # bytes that may wait for a phone; one piece alone may be longer


class WriteBuffer:
    """The writing side of a connection. Nothing here waits, but ``join``."""

    __slots__ = ("_busy", "_ends", "_length", "_ready", "socket")

    def __init__(self, connection: Any) -> None:
        """Take gevent's socket."""
        self.socket = connection
        self._ready: list[bytes] = []
        self._length = 0
        self._ends = False
        self._busy: Any = None  # the greenlet that writes to a phone that is slow

    def offer(self, data: bytes) -> None:
        """Write, at the end of this turn of the event loop or when the phone takes it; nothing ends our side."""
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
        """Write what is ready; what the phone does not take at once is left to a greenlet."""
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
        """Wait for so many seconds, at most, until the phone has taken everything."""
        self.flush()
        if self._busy is not None:
            self._busy.join(timeout)

    def abort(self) -> None:
        """End the connection at once; whoever reads from it or writes to it is woken."""
        with suppress(OSError):  # it has ended already
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
    """Let a pipe write when everybody who runs in this turn has said what they have to say."""
    if not _due:
        gevent.get_hub().loop.run_callback(_after_others)
    _due.append(buffer)


def _after_others() -> None:
    """Come after those whom the first who spoke has woken since."""
    gevent.get_hub().loop.run_callback(_flush)


def _flush() -> None:
    due = _due.copy()
    _due.clear()
    for buffer in due:
        buffer.flush()
