"""One phone's WebSocket, on a gevent socket that gunicorn accepted, and the heartbeat of Engine.IO on it.

This file only moves messages: what bytes mean is in `frames`, how they are written in `pipe`. It serves a connection
instead of Engine.IO's own handler, with one greenlet: each more would cost an idle phone 16 kB.
"""

import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import gevent
import structlog
from engineio.exceptions import EngineIOError, UnknownPacketError
from engineio.packet import PING, PONG, Packet
from websockets.frames import CloseCode

from server.realtime.frames import Frames, Message, framed, welcome
from server.realtime.pipe import Pipe

log = structlog.get_logger()

GOODBYE = 1.0  # seconds that a phone has to say goodbye as well
HEARTBEAT = framed(str(PING))

Environ = dict[str, Any]


class WebSocket:
    """What Engine.IO asks of a WebSocket: to be called as a WSGI app with a new connection."""

    connected: ClassVar[dict[str, "WebSocket"]] = {}  # by Engine.IO's session id

    __slots__ = ("_engine", "_frames", "_owner", "_pipe", "_timer", "arrived", "socket")

    def __init__(self, handler: Callable[..., Any], engine: Any) -> None:
        """Take Engine.IO's handler, a method of its own object for the connection, and its server."""
        self._owner, self._engine = handler.__self__, engine  # type: ignore[attr-defined]  # engineio/socket.py
        self._frames = Frames()
        self.arrived: deque[Message] = deque()  # with the message that is being dealt with, and not dealt with yet

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Shake hands, then serve the phone until either side has had enough."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or "gunicorn.socket" not in environ:
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        self.socket: Any = environ["gunicorn.socket"]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipe = Pipe(self.socket)
        self._pipe.offer(welcome(key))
        # Never `start`: a timer of libev that has fired, and is started again, fires at once. `again` counts anew.
        self._timer = gevent.get_hub().loop.timer(0.0, self._engine.ping_interval)
        self._owner.queue.serve(self._put, self._pipe.join)
        self.connected[self._owner.sid] = self
        try:
            self._serve()
        finally:
            del self.connected[self._owner.sid]
            self._timer.close()
            self._owner.close(wait=False, abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
            self.close()
            self._drain()
            self._engine.sockets.pop(self._owner.sid, None)
        raise StopIteration  # tells gunicorn that the connection has been dealt with

    def send(self, text: str) -> None:
        """Send a message, soon."""
        if self._frames.is_open:
            self._pipe.offer(framed(text))

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say goodbye; the connection ends when the phone says so too, or a moment later."""
        if self._frames.is_open:
            self._frames.close(code, reason)
        self._answer()
        self._pipe.flush()
        gevent.spawn_later(GOODBYE, self._pipe.abort)

    def _serve(self) -> None:
        """Deal with one message after the other."""
        self._owner.connected = self._owner.upgraded = True
        self._timer.again(self._ping)
        try:
            while (message := self._next()) is not None:
                self._take(Packet(encoded_packet=message))
        except (ValueError, EngineIOError):
            return  # that was no packet, or it came after a goodbye
        except Exception:
            log.exception("a connection failed")

    def _next(self) -> Message | None:
        """Return the next message, or None once the connection has ended."""
        with suppress(OSError):
            while not self.arrived and self._frames.is_open:
                self.arrived.extend(self._frames.receive(self.socket.recv(65536)))
                self._answer()
                if len(self.arrived) > 1:
                    gevent.sleep(0)  # who always has more to say must not keep others from being heard
        return self.arrived.popleft() if self.arrived else None

    def _take(self, packet: Packet) -> None:
        if packet.packet_type == PONG:
            self._owner.last_ping = None
            self._timer.again(self._ping)
            return
        with suppress(UnknownPacketError):
            self._owner.receive(packet)

    def _ping(self) -> None:
        """Ask the phone once whether it is there. Engine.IO looks for those that do not answer."""
        self._timer.stop()
        self._owner.last_ping = time.time()
        self._pipe.offer(HEARTBEAT)

    def _put(self, packet: Any) -> None:
        """Send a packet of Engine.IO, which may be for many phones: its frame is made once."""
        if packet is None:
            self.close()
        elif self._frames.is_open:
            frame = packet.__dict__.get("frame")
            if frame is None:
                frame = packet.frame = framed(packet.encode())
            self._pipe.offer(frame)

    def _answer(self) -> None:
        """Send what the protocol answers by itself."""
        for data in self._frames.to_send():
            self._pipe.offer(data)

    def _drain(self) -> None:
        """Read to the end: closing with something unread would reset the connection and overtake our goodbye."""
        with suppress(OSError):
            while self.socket.recv(65536):
                pass
