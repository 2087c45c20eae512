"""Writing to one phone: whole pieces, in order, as few system calls as can be, and nobody waits for a slow phone.

All that is said to a phone in one turn of the event loop, frames and the answer to what it sent, is written at once:
a system call costs more than all that a frame costs otherwise. Only what the phone does not take waits.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import gevent
from gevent.lock import Semaphore


class Pipe:
    """The writing side of a connection."""

    def __init__(self, connection: Any) -> None:
        """Take gevent's socket."""
        self.socket = connection
        self._ready: list[bytes] = []  # to be written at the end of this turn of the event loop
        self._writing, self._writers = Semaphore(), 0

    @property
    def is_free(self) -> bool:
        """Whether nobody is writing, or waits to."""
        return not self._writers

    def offer(self, data: bytes) -> None:
        """Write soon, if the pipe is free."""
        if not self._ready:
            _soon(self)
        self._ready.append(data)

    def write(self, *data: bytes) -> None:
        """Write all of it when all who came before have written, nothing ends our side; raises OSError."""
        with self._turn():
            for piece in data:
                if piece:
                    self.socket.sendall(piece)
                else:
                    self.socket.shutdown(socket.SHUT_WR)

    def flush(self) -> None:
        """Write what is ready, without waiting. What the phone does not take is written before anything else."""
        data = self._taken()
        try:
            sent = self.socket.send(data, 0, 0.0) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            return self.abort()
        if sent < len(data):
            self._writers += 1
            self._writing.acquire(blocking=False)  # nobody has it: what is ready is so only while nobody writes
            gevent.spawn(self._finish, data[sent:])
        return None

    def abort(self) -> None:
        """End the connection at once; whoever reads from it or writes to it is woken."""
        with suppress(OSError):  # it has ended already
            self.socket.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        self._writers += 1
        try:
            with self._writing:
                if self._ready:
                    self.socket.sendall(self._taken())
                yield
        finally:
            self._writers -= 1

    def _taken(self) -> bytes:
        data, self._ready = b"".join(self._ready), []
        return data

    def _finish(self, rest: bytes) -> None:
        try:
            self.socket.sendall(rest)
        except OSError:
            self.abort()
        finally:
            self._writing.release()
            self._writers -= 1


_due: list[Pipe] = []


def _soon(pipe: Pipe) -> None:
    """Let a pipe write when everybody who runs in this turn has said what they have to say."""
    if not _due:
        gevent.get_hub().loop.run_callback(_after_others)
    _due.append(pipe)


def _after_others() -> None:
    """Come after those whom the first who spoke has woken since."""
    gevent.get_hub().loop.run_callback(_flush)


def _flush() -> None:
    due = _due.copy()
    _due.clear()
    for pipe in due:
        pipe.flush()
