"""What Engine.IO takes for the queue of one connection: packets go straight on to the phone."""

from collections.abc import Callable
from typing import Any

GOODBYE = 1.0  # seconds that whoever closes a connection waits for its last packets


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
        self._join(GOODBYE)
