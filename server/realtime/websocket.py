"""One phone's WebSocket, on a gevent socket that gunicorn accepted.

This file only moves bytes; what they mean is in `frames`. Every frame is sent whole or the connection ends, however
slowly the phone reads. What a phone can take at once is written at once, by whoever has it; only the rest waits.
"""

import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

import gevent
from gevent.lock import Semaphore
from websockets.frames import CloseCode

from server.realtime.frames import Frames, Message, framed, welcome

GOODBYE = 1.0  # seconds that a phone has to say goodbye as well

Environ = dict[str, Any]


class WebSocket:
    """What Engine.IO asks of a WebSocket: ``wait``, ``send`` and ``close``, and to be called as a WSGI app."""

    connected: ClassVar[set["WebSocket"]] = set()

    def __init__(self, handler: Callable[["WebSocket"], Any], server: Any) -> None:
        """Take Engine.IO's handler of a connection, a method of its own socket object, and its server."""
        self._handler, self._server = handler, server
        self._owner = handler.__self__  # type: ignore[attr-defined]  # always a bound method: engineio/socket.py
        self._frames = Frames()
        self._messages: deque[Message] = deque()  # that came together with the one last asked for
        self._writing, self._writers = Semaphore(), 0

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Shake hands, then serve the phone until either side has had enough."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or "gunicorn.socket" not in environ:
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        self.socket: Any = environ["gunicorn.socket"]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(welcome(key))
        self._owner.queue.serve(self.offer, self.abort)
        self.connected.add(self)
        try:
            self._handler(self)
        finally:
            self.connected.discard(self)
            self.close()
            self._drain()
            self._server.sockets.pop(self._owner.sid, None)
        raise StopIteration  # tells gunicorn that the connection has been dealt with

    def wait(self) -> Message | None:
        """Return the next message, or None once the connection has ended."""
        try:
            while not self._messages and self._frames.is_open:
                self._messages.extend(self._frames.receive(self.socket.recv(65536)))
                if self._frames.answers:
                    self._answer()
        except OSError:
            self.abort()
        return self._messages.popleft() if self._messages else None

    def send(self, message: Message) -> None:
        """Send a message, all of it; raises OSError if the connection has ended."""
        with self._turn():
            if not self._frames.is_open:
                raise OSError("The connection is closed.")
            self.socket.sendall(framed(message))

    def offer(self, packet: Any) -> bool:
        """Send a packet of Engine.IO if nobody has to wait for that; False if it must wait its turn.

        A packet may be for many phones: its frame is made once. What the phone does not take at once is sent later,
        before anything else.
        """
        if self._writers or not self._frames.is_open:
            return False
        frame = packet.__dict__.get("frame")
        if frame is None:
            frame = packet.frame = framed(packet.encode())
        try:
            sent = self.socket.send(frame, 0, 0.0)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.abort()
            return True
        if sent < len(frame):
            self._writers += 1
            self._writing.acquire()
            gevent.spawn(self._finish, frame[sent:])
        return True

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say goodbye; the connection ends when the phone says so too, or a moment later."""
        if self._frames.is_open:
            self._frames.close(code, reason)
        with suppress(OSError):
            self._answer()
        gevent.spawn_later(GOODBYE, self.abort)

    def abort(self) -> None:
        """End the connection at once; whoever reads from it or writes to it is woken."""
        with suppress(OSError):  # it has ended already
            self.socket.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Write when all who came before have written: whole frames, in order."""
        self._writers += 1
        try:
            with self._writing:
                yield
        finally:
            self._writers -= 1

    def _finish(self, rest: bytes) -> None:
        try:
            self.socket.sendall(rest)
        except OSError:
            self.abort()
        finally:
            self._writing.release()
            self._writers -= 1

    def _answer(self) -> None:
        """Send what the protocol answers by itself."""
        with self._turn():
            for data in self._frames.to_send():
                if data:
                    self.socket.sendall(data)
                else:
                    self.socket.shutdown(socket.SHUT_WR)

    def _drain(self) -> None:
        """Read to the end: closing with something unread would reset the connection and overtake our goodbye."""
        with suppress(OSError):
            while self.socket.recv(65536):
                pass
