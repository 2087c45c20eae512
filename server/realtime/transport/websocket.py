"""One phone's WebSocket, on a gevent socket that gunicorn accepted, and the heartbeat of Engine.IO on it.

This file only moves messages: what bytes mean is in `frames`, how they are written in `write_buffer`. It serves a
connection instead of Engine.IO's own handler, with one greenlet: each more would cost an idle phone 16 kB.
"""

import re
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

from server.realtime.transport.budget import CONNECT_WITHIN, SIZE_BEFORE_CONNECT, Budget, refused, share_turn
from server.realtime.transport.frames import LARGEST_MESSAGE, Frames, Message, framed, welcome
from server.realtime.transport.write_buffer import WriteBuffer

log = structlog.get_logger()

GOODBYE = 1.0  # seconds that a phone has to say goodbye as well
LAST_PACKETS = 1.0  # seconds that a caller who closes a connection waits for its last packets
READ = 65_536  # bytes that are read at once
PIECE = 4_096  # bytes of them that are taken in before others may have their turn: 682 frames at most
EVENT = re.compile(r"42\d*\[")  # how a message begins that a phone means something by, once it has been let in
HEARTBEAT = framed(str(PING))
Environ = dict[str, Any]


class WebSocket:
    """What Engine.IO asks of a WebSocket: to be called as a WSGI app with a new connection."""

    connected: ClassVar[dict[str, "WebSocket"]] = {}  # by Engine.IO's session id

    __slots__ = ("_budget", "_buffer", "_deadline", "_engine", "_frames", "_owner", "_timer", "arrived", "socket")

    def __init__(self, handler: Callable[..., Any], engine: Any) -> None:
        """Take Engine.IO's handler, a method of its own object for the connection, and its server."""
        self._owner, self._engine = handler.__self__, engine  # type: ignore[attr-defined]  # engineio/socket.py
        self._frames, self._budget = Frames(), Budget()
        self.arrived: deque[Message] = deque()  # with the message that is being dealt with, and not dealt with yet

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Shake hands, then serve the phone until either side has had enough."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or "gunicorn.socket" not in environ:
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        self.socket: Any = environ["gunicorn.socket"]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = WriteBuffer(self.socket)
        self._buffer.offer(welcome(key))
        # Never `start`: a timer of libev that has fired, and is started again, fires at once. `again` counts anew.
        self._timer = gevent.get_hub().loop.timer(0.0, self._engine.ping_interval)
        self._deadline = gevent.get_hub().loop.timer(0.0, CONNECT_WITHIN)
        self._owner.queue.serve(self._put, self._buffer.join)
        self.connected[self._owner.sid] = self
        try:
            self._serve()
        finally:
            del self.connected[self._owner.sid]
            self._timer.close()
            self._deadline.close()
            self._owner.close(wait=False, abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
            self.close()
            self._drain()
            self._engine.sockets.pop(self._owner.sid, None)
        raise StopIteration  # tells gunicorn that the connection has been dealt with

    def admit(self) -> None:
        """Take whatever a phone may send: somebody has been let in."""
        self._budget.admit()
        self._frames.limit(LARGEST_MESSAGE)
        self._deadline.stop()

    def expel(self) -> None:
        """Take little, and not for long: nobody has been let in yet, or they have left."""
        self._budget.expel()
        self._frames.limit(SIZE_BEFORE_CONNECT)
        self._deadline.again(self._refuse, "nobody connected in time")

    def send(self, text: str) -> None:
        """Send a message, soon."""
        if self._frames.is_open:
            self._buffer.offer(framed(text))

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Say goodbye; the connection ends when the phone says so too, or a moment later."""
        if self._frames.is_open:
            self._frames.close(code, reason)
        self._answer()
        self._buffer.flush()
        gevent.spawn_later(GOODBYE, self._buffer.abort)

    def _serve(self) -> None:
        """Deal with one message after the other."""
        self._owner.connected = self._owner.upgraded = True
        self._timer.again(self._ping)
        self.expel()
        try:
            while (message := self._next()) is not None:
                if not (self._budget.is_let_in and isinstance(message, str) and EVENT.match(message)):
                    self._spend(0, 1)
                self._take(Packet(encoded_packet=message))
        except (ValueError, EngineIOError):
            return  # that was no packet, or it came after a goodbye
        except Exception:
            log.exception("a connection failed")

    def _next(self) -> Message | None:
        """Return the next message, or None once the connection has ended."""
        share_turn()
        with suppress(OSError):
            while not self.arrived and self._frames.is_open:
                self._read()
                if len(self.arrived) > 1:
                    gevent.sleep(0)  # those who have read as well come first, and are decided together
        return self.arrived.popleft() if self.arrived else None

    def _read(self) -> None:
        """Take in what has come, piece by piece; nobody waits for more than one of them."""
        data = self.socket.recv(READ if self._budget.is_let_in else PIECE)
        for start in range(0, len(data) or 1, PIECE):
            piece = data[start : start + PIECE]
            self.arrived.extend(self._frames.receive(piece))
            self._spend(len(piece), self._frames.empty())
            self._answer()
            if not self._frames.is_open:
                return
            share_turn()

    def _spend(self, size: int, empty: int) -> None:
        """Close the connection if it has cost too much."""
        too_much = self._budget.spend(size, empty)
        if too_much is not None:
            self._refuse(too_much)

    def _refuse(self, why: str) -> None:
        """Close the connection of somebody who is no phone of ours."""
        if self._frames.is_open:
            refused(why)
            self.arrived.clear()
            self.close(CloseCode.POLICY_VIOLATION, why)

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
        self._buffer.offer(HEARTBEAT)

    def _put(self, packet: Any) -> None:
        """Send a packet of Engine.IO, which may be for many phones: its frame is made once."""
        if packet is None:
            self.close()
        elif self._frames.is_open:
            frame = packet.__dict__.get("frame")
            if frame is None:
                frame = packet.frame = framed(packet.encode())
            self._buffer.offer(frame)

    def _answer(self) -> None:
        """Send what the protocol answers by itself."""
        for data in self._frames.to_send():
            self._buffer.offer(data)

    def _drain(self) -> None:
        """Read to the end: closing with something unread would reset the connection and overtake our goodbye.

        A stranger may go on sending: that is not waited for.
        """
        end = time.monotonic() + GOODBYE
        with suppress(OSError):
            while self.socket.recv(READ) and time.monotonic() < end:
                share_turn()


class EngineIOQueue:
    """Never makes anybody wait, and never raises."""

    __slots__ = ("_early", "_join", "_send")

    def __init__(self) -> None:
        self._early: list[Any] = []  # packets from before the handshake
        self._send: Callable[[Any], None] = self._early.append
        self._join: Callable[[float], None] = lambda _: None

    def serve(self, send: Callable[[Any], None], join: Callable[[float], None]) -> None:
        """Begin to send: what sends a packet, or ends the connection for None; and what waits for the last one."""
        self._send, self._join = send, join
        for packet in self._early:
            send(packet)
        self._early.clear()

    def put(self, item: Any) -> None:
        """Send a packet; None ends the connection."""
        self._send(item)

    def join(self) -> None:
        """Wait for the packets to be sent, but not for long: a phone that does not read must not hold up others."""
        self._join(LAST_PACKETS)
