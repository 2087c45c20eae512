"""One phone's WebSocket, on a gevent socket that gunicorn accepted.

Frames are read and written by the sans-I/O protocol of `websockets` (RFC 6455: fragments, control frames, UTF-8,
masks, close codes), which looks at a frame's header before it takes the frame in. This file only moves bytes: every
frame is sent whole or the connection ends, however slowly the phone reads. (docs/adr/0004)
"""

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import gevent
from gevent.lock import RLock
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SERVER, Protocol, State
from websockets.utils import accept_key

LARGEST = 4 * 1024 * 1024  # bytes of one message from a phone: an outbox of 500 mutations

GOODBYE = 1.0  # seconds that a phone has to say goodbye as well

Environ = dict[str, Any]


class WebSocket:
    """What Engine.IO asks of a WebSocket: ``wait``, ``send`` and ``close``, and to be called as a WSGI app."""

    connected: ClassVar[set["WebSocket"]] = set()

    def __init__(self, handler: Callable[["WebSocket"], Any], server: Any) -> None:
        """Take Engine.IO's handler of a connection, a method of its own socket object, and its server."""
        self._handler, self._server = handler, server
        self._owner = handler.__self__  # type: ignore[attr-defined]  # always a bound method: engineio/socket.py
        self._protocol = Protocol(SERVER, max_size=LARGEST)
        self._messages: deque[str | bytes] = deque()  # that came together with the one last asked for
        self._parts: list[bytes] = []
        self._opcode = Opcode.TEXT
        self._lock = RLock()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Shake hands, then serve the phone until either side has had enough."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or "gunicorn.socket" not in environ:
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        self.socket: socket.socket = environ["gunicorn.socket"]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._owner.queue.overflow = self.abort
        self.socket.sendall(_welcome(key))
        self.connected.add(self)
        try:
            self._handler(self)
        finally:
            self.connected.discard(self)
            self.close()
            self._drain()
            self._server.sockets.pop(self._owner.sid, None)
        raise StopIteration  # tells gunicorn that the connection has been dealt with

    def wait(self) -> str | bytes | None:
        """Return the next message, or None once the connection has ended."""
        try:
            while not self._messages and self._protocol.state is State.OPEN:
                self._receive()
        except OSError:
            self.abort()
        return self._messages.popleft() if self._messages else None

    def send(self, message: str | bytes) -> None:
        """Send a message, all of it; raises OSError if the connection has ended."""
        with self._lock:
            try:
                if isinstance(message, str):
                    self._protocol.send_text(message.encode())
                else:
                    self._protocol.send_binary(message)
            except InvalidState as error:
                raise OSError("The connection is closed.") from error
            self._flush()

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say goodbye; the connection ends when the phone says so too, or a moment later."""
        with suppress(OSError), self._lock:
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(code, reason)
            self._flush()
        gevent.spawn_later(GOODBYE, self.abort)

    def abort(self) -> None:
        """End the connection at once; whoever reads from it or writes to it is woken."""
        with suppress(OSError):  # it has ended already
            self.socket.shutdown(socket.SHUT_RDWR)

    def _receive(self) -> None:
        """Take in what has come, and answer what the protocol answers by itself: pings, closes, errors."""
        data = self.socket.recv(65536)
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for frame in self._protocol.events_received():
            message = self._joined(frame)
            if message is not None:
                self._messages.append(message)
        with self._lock:
            self._flush()

    def _drain(self) -> None:
        """Read to the end: closing with something unread would reset the connection and overtake our goodbye."""
        with suppress(OSError):
            while self.socket.recv(65536):
                pass

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self.socket.sendall(data)
            else:
                self.socket.shutdown(socket.SHUT_WR)

    def _joined(self, frame: Any) -> str | bytes | None:
        """Add a frame to the message it belongs to; return the message if that makes it whole."""
        if not isinstance(frame, Frame) or frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            return None
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return None
        whole, self._parts = b"".join(self._parts), []
        if self._opcode is Opcode.BINARY:
            return whole
        try:
            return whole.decode()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "not UTF-8")
            return None


def _welcome(key: str) -> bytes:
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(key)}",
    )
    return "\r\n".join((*lines, "", "")).encode()
