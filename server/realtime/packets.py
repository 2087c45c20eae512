"""Socket.IO packets from phones: an unreadable event becomes the event `malformed`, which is answered like others."""

from typing import Any

import orjson
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, EVENT, Packet

from schemas.errors import BadRequest, Problem, TooLarge
from server.validation import LARGEST_ITEM, parsed

LARGEST_EVENT = LARGEST_ITEM  # characters of one event; LONG events carry an outbox and may be longer
LONG = frozenset({"push", "sync"})

MALFORMED, OVERSIZE = "malformed", "oversize"  # events that no phone sends
RESERVED = frozenset({"connect", "disconnect", "*"})  # names that Socket.IO itself has handlers for


def problem(event: str) -> Problem | None:
    """Return what is wrong with an event that could not be read, or None."""
    if event == OVERSIZE:
        return TooLarge("This event is too long; `details.limit` is the most, in characters.", limit=LARGEST_EVENT)
    return BadRequest("This event cannot be read; send one name and one JSON object.") if event == MALFORMED else None


class Json:
    """The JSON module for Socket.IO: reads and writes text with the same strict parser as the rest of the server."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Write compact JSON, which is what the options of Socket.IO ask for."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        """Read JSON; raises ValueError for any other text, and for NaN and too deep nesting."""
        return parsed(text)


class TolerantPacket(Packet):  # type: ignore[misc]  # python-socketio has no types
    """A packet from a phone. An unreadable one turns into the event `malformed`, so that the phone gets an answer."""

    json = Json
    uses_binary_events = False  # Socket.IO does not search events for bytes: they never hold any
    packet_type: int
    data: Any

    def decode(self, encoded_packet: Any) -> int:
        """Decode a packet; raises ValueError only for text that is no packet at all."""
        self.id = None
        try:
            super().decode(encoded_packet)
        except (ValueError, IndexError, TypeError):
            if self.packet_type not in {EVENT, BINARY_EVENT}:
                raise ValueError("This is not a Socket.IO packet.") from None
            self.data = [MALFORMED]
        if self.packet_type in {BINARY_EVENT, BINARY_ACK}:  # attachments have no place in this protocol
            self.packet_type = EVENT if self.packet_type == BINARY_EVENT else ACK
            self.data = [MALFORMED]
        if self.packet_type == CONNECT and len(encoded_packet) > LARGEST_EVENT:
            self.data = None  # too long for a greeting; the client has no access yet
        if self.packet_type == EVENT:
            self.data = self._event(len(encoded_packet))
        return 0

    def _event(self, length: int) -> list[Any]:
        if not isinstance(self.data, list) or not self.data or not isinstance(self.data[0], str):
            return [MALFORMED]
        if self.data[0] in RESERVED:
            return [MALFORMED]
        return [OVERSIZE] if length > LARGEST_EVENT and self.data[0] not in LONG else self.data
