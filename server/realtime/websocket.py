"""One phone's WebSocket, on a gevent socket that gunicorn accepted.

This file only moves bytes; what they mean is in `frames`. Every frame is sent whole or the connection ends, however
slowly the phone reads.
"""

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import gevent
from websockets.frames import CloseCode

from server.realtime.frames import Frames, Message, framed, welcome
from server.realtime.pipe import Pipe

GOODBYE = 1.0  # seconds that a phone has to say goodbye as well

Environ = dict[str, Any]


class WebSocket:
    """What Engine.IO asks of a WebSocket: ``wait``, ``send`` and ``close``, and to be called as a WSGI app."""

    connected: ClassVar[dict[str, "WebSocket"]] = {}  # by Engine.IO's session id

    def __init__(self, handler: Callable[["WebSocket"], Any], server: Any) -> None:
        """Take Engine.IO's handler of a connection, a method of its own socket object, and its server."""
        self._handler, self._server = handler, server
        self._owner = handler.__self__  # type: ignore[attr-defined]  # always a bound method: engineio/socket.py
        self._frames = Frames()
        self.arrived: deque[Message] = deque()  # with the message that was last asked for, and not asked for yet

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Shake hands, then serve the phone until either side has had enough."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or "gunicorn.socket" not in environ:
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        self.socket: Any = environ["gunicorn.socket"]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(welcome(key))
        self._pipe = Pipe(self.socket)
        self._owner.queue.serve(self.offer, self.abort)
        self.connected[self._owner.sid] = self
        try:
            self._handler(self)
        finally:
            del self.connected[self._owner.sid]
            self.close()
            self._drain()
            self._server.sockets.pop(self._owner.sid, None)
        raise StopIteration  # tells gunicorn that the connection has been dealt with

    def wait(self) -> Message | None:
        """Return the next message, or None once the connection has ended."""
        try:
            while not self.arrived and self._frames.is_open:
                self.arrived.extend(self._frames.receive(self.socket.recv(65536)))
                if self._frames.answers:
                    self._pipe.write(*self._frames.to_send())
        except OSError:
            self.abort()
        return self.arrived.popleft() if self.arrived else None

    def send(self, message: Message) -> None:
        """Send a message, all of it; raises OSError if the connection has ended."""
        if not self._frames.is_open:
            raise OSError("The connection is closed.")
        self._pipe.write(framed(message))

    def offer(self, packet: Any) -> bool:
        """Send a packet of Engine.IO, soon, if nobody has to wait for that; False if it must wait its turn.

        A packet may be for many phones: its frame is made once.
        """
        if not (self._pipe.is_free and self._frames.is_open):
            return False
        frame = packet.__dict__.get("frame")
        if frame is None:
            frame = packet.frame = framed(packet.encode())
        self._pipe.offer(frame)
        return True

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say goodbye; the connection ends when the phone says so too, or a moment later."""
        if self._frames.is_open:
            self._frames.close(code, reason)
        with suppress(OSError):
            self._pipe.write(*self._frames.to_send())
        gevent.spawn_later(GOODBYE, self.abort)

    def abort(self) -> None:
        """End the connection at once; whoever reads from it or writes to it is woken."""
        self._pipe.abort()

    def _drain(self) -> None:
        """Read to the end: closing with something unread would reset the connection and overtake our goodbye."""
        with suppress(OSError):
            while self.socket.recv(65536):
                pass
