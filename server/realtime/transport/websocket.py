"""One phone's WebSocket, on a gevent socket that gunicorn accepted, and the heartbeat of Engine.IO on it.

This module only moves messages: `frames` parses bytes, and `write_buffer` writes them. `WebSocket` replaces the handler
of Engine.IO, and serves a connection with one greenlet: each further greenlet would cost 16 kB for an idle phone.
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

from server.commands.context import Caller
from server.event_loop import share_turn
from server.limits.pacing import Pacing
from server.realtime.transport.budget import SIZE_BEFORE_CONNECT, Budget, refused
from server.realtime.transport.connection_limits import ConnectionLimits
from server.realtime.transport.frames import LARGEST_MESSAGE, Frames, Message, framed, welcome
from server.realtime.transport.write_buffer import WriteBuffer

log = structlog.get_logger()

GOODBYE = 1.0  # seconds that a phone has to answer a close frame
LAST_PACKETS = 1.0  # seconds that a caller who closes a connection waits for its last packets
READ = 65_536  # bytes that are read at once
PIECE = 4_096  # bytes of them that are parsed before other greenlets may run: 682 frames at most
MOST_UNFINISHED = 2 * LARGEST_MESSAGE  # bytes of unfinished messages on all connections of an account
EVENT = re.compile(r"42\d*\[")  # the beginning of an event: after CONNECT, any other message counts as empty
HEARTBEAT = framed(str(PING))
Environ = dict[str, Any]


class WebSocket:
    """One WebSocket. Engine.IO makes the object for a new connection, and calls it as a WSGI app."""

    connected: ClassVar[dict[str, "WebSocket"]] = {}  # by Engine.IO's session id

    __slots__ = (
        "_budget",
        "_buffer",
        "_caller",
        "_deadline",
        "_engine",
        "_frames",
        "_limits",
        "_owner",
        "_pacing",
        "_timer",
        "arrived",
        "socket",
        "unfinished",
    )

    def __init__(self, limits: ConnectionLimits, pacing: Pacing, handler: Callable[..., Any], engine: Any) -> None:
        """Take Engine.IO's handler, a method of Engine.IO's object for the connection, and Engine.IO's server."""
        self._owner, self._engine = handler.__self__, engine  # type: ignore[attr-defined]  # engineio/socket.py
        self._limits, self._pacing = limits, pacing
        self._caller: Caller | None = None  # whose phone has been let in
        self._frames, self._budget = Frames(), Budget()
        self.unfinished = 0  # bytes of an incomplete message
        self.arrived: deque[Message] = deque()  # messages that are complete and not handled yet

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        """Answer the handshake, then serve the phone until either side ends the connection."""
        key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
        if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or "gunicorn.socket" not in environ:
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return []
        address = environ.get("REMOTE_ADDR", "")
        if not self._limits.open(address):
            refused("too many from one address")
            start_response("503 Service Unavailable", [("Retry-After", "5"), ("Content-Length", "0")])
            return []
        try:
            self._talk(environ["gunicorn.socket"], key)
        finally:
            self._limits.close(address)
        raise StopIteration  # tells gunicorn that the connection has ended

    def _talk(self, connection: Any, key: str) -> None:
        """Serve the phone on a connection until either side ends it."""
        self.socket: Any = connection
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = WriteBuffer(self.socket)
        self._buffer.offer(welcome(key))
        # Start these timers with `again` only: a libev timer that has fired, and is started by `start`, fires at once.
        self._timer = gevent.get_hub().loop.timer(0.0, self._engine.ping_interval)
        self._deadline = gevent.get_hub().loop.timer(0.0, self._limits.connect_within)
        self._owner.queue.serve(self._put, self._buffer.join)
        self.connected[self._owner.sid] = self
        try:
            self._serve()
        finally:
            del self.connected[self._owner.sid]
            self._let_out()
            self._timer.close()
            self._deadline.close()
            self._owner.close(wait=False, abort=True, reason=self._engine.reason.TRANSPORT_CLOSE)
            self.close()
            self._drain()
            self._frames.forget()  # now: this object is in a reference cycle, which is collected much later
            self.arrived.clear()
            self._engine.sockets.pop(self._owner.sid, None)

    def admit(self, caller: Caller) -> None:
        """Apply the limits for a phone that has been let in."""
        self._caller = caller
        for oldest in self._limits.let_in(self, caller.user, caller.device):
            refused("too many of one device or account")
            oldest.close(CloseCode.POLICY_VIOLATION, "too many connections")
        self._budget.admit()
        self._frames.limit(LARGEST_MESSAGE)
        self._deadline.stop()

    def expel(self) -> None:
        """Apply the strict limits and the deadline: no phone has been let in yet, or the phone has left."""
        self._let_out()
        self._budget.expel()
        self._frames.limit(SIZE_BEFORE_CONNECT)
        if self._limits.connect_within:
            self._deadline.again(self._refuse, "nobody connected in time")

    def _let_out(self) -> None:
        if self._caller is not None:
            self._limits.let_out(self, self._caller.user, self._caller.device)
            self._caller = None

    def send(self, text: str) -> None:
        """Send a message, at the end of this turn of the event loop."""
        if self._frames.is_open:
            self._buffer.offer(framed(text))

    def close(self, code: CloseCode = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """Send a close frame; the connection ends when the phone answers it, or after GOODBYE seconds."""
        if self._frames.is_open:
            self._frames.close(code, reason)
        self._answer()
        self._buffer.flush()
        gevent.spawn_later(GOODBYE, self._buffer.abort)

    def _serve(self) -> None:
        """Handle the messages one after the other."""
        self._owner.connected = self._owner.upgraded = True
        self._timer.again(self._ping)
        self.expel()
        try:
            while (message := self._next()) is not None:
                if not (self._budget.is_let_in and isinstance(message, str) and EVENT.match(message)):
                    self._spend(0, 1)
                if self._caller is not None:
                    self._pacing.hold_account(self._caller.user, len(message))
                self._take(Packet(encoded_packet=message))
        except (ValueError, EngineIOError):
            return  # the message was no packet, or it came after a close
        except Exception:
            log.exception("a connection failed")

    def _next(self) -> Message | None:
        """Return the next message, or None once the connection has ended."""
        share_turn()
        with suppress(OSError):
            while not self.arrived and self._frames.is_open:
                self._read()
                if len(self.arrived) > 1:
                    gevent.sleep(0)  # lets greenlets that have read run first: all mutations are decided together
        return self.arrived.popleft() if self.arrived else None

    def _read(self) -> None:
        """Read and parse what has arrived, piece by piece, so that other greenlets wait for one piece at most."""
        data = self.socket.recv(READ if self._budget.is_let_in else PIECE)
        for start in range(0, len(data) or 1, PIECE):
            piece, arrived = data[start : start + PIECE], len(self.arrived)
            self.arrived.extend(self._frames.receive(piece))
            self._spend(len(piece), self._frames.empty())
            self._hold(0 if len(self.arrived) > arrived else self.unfinished + len(piece))
            self._answer()
            if not self._frames.is_open:
                return
            share_turn()

    def _spend(self, size: int, empty: int) -> None:
        """Count bytes and empty frames; close the connection if they exceed its budget."""
        too_much = self._budget.spend(size, empty)
        if too_much is not None:
            self._refuse(too_much)

    def _hold(self, unfinished: int) -> None:
        """Close the connection if the incomplete messages of its account take too much memory."""
        self.unfinished = unfinished
        if unfinished <= SIZE_BEFORE_CONNECT or self._caller is None:
            return
        if self._limits.unfinished(self._caller.user) > MOST_UNFINISHED:
            self._refuse("too much unfinished")

    def _refuse(self, why: str) -> None:
        """Close a connection that does not behave like a phone, and count it."""
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
        """Send the phone one ping. Engine.IO itself disconnects phones that do not answer."""
        self._timer.stop()
        self._owner.last_ping = time.time()
        self._buffer.offer(HEARTBEAT)

    def _put(self, packet: Any) -> None:
        """Send a packet of Engine.IO; None closes. A packet may go to many phones, so its frame is made once."""
        if packet is None:
            self.close()
        elif self._frames.is_open:
            frame = packet.__dict__.get("frame")
            if frame is None:
                frame = packet.frame = framed(packet.encode())
            self._buffer.offer(frame)

    def _answer(self) -> None:
        """Send the answers of the protocol itself."""
        for data in self._frames.to_send():
            self._buffer.offer(data)

    def _drain(self) -> None:
        """Read to the end: TCP resets a connection that is closed with unread bytes, and our close frame would be lost.

        A client may go on sending, so this ends after GOODBYE seconds.
        """
        end = time.monotonic() + GOODBYE
        with suppress(OSError):
            while self.socket.recv(READ) and time.monotonic() < end:
                share_turn()


class EngineIOQueue:
    """The queue into which Engine.IO puts packets to send: ``put`` never waits and never raises."""

    __slots__ = ("_early", "_join", "_send")

    def __init__(self) -> None:
        self._early: list[Any] = []  # packets from before the handshake
        self._send: Callable[[Any], None] = self._early.append
        self._join: Callable[[float], None] = lambda _: None

    def serve(self, send: Callable[[Any], None], join: Callable[[float], None]) -> None:
        """Start sending. ``send`` sends a packet, or ends the connection for None; ``join`` waits for the last one."""
        self._send, self._join = send, join
        for packet in self._early:
            send(packet)
        self._early.clear()

    def put(self, item: Any) -> None:
        """Send a packet; None ends the connection."""
        self._send(item)

    def join(self) -> None:
        """Wait at most LAST_PACKETS until the packets are sent: a phone that does not read must not hold up others."""
        self._join(LAST_PACKETS)
