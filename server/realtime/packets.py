"""Socket.IO packets that always decode: an unreadable packet becomes an event that is answered like any other."""

from typing import Any

import orjson
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, EVENT, Packet

from schemas.errors import BadRequest, Problem, TooLarge
from server.validation import LARGEST_ITEM, parsed

LARGEST_EVENT = LARGEST_ITEM  # characters of one event; LONG events, with an outbox, may be longer
LONG = frozenset({"push", "sync"})

MALFORMED, OVERSIZE = "malformed", "oversize"  # events that no phone sends
RESERVED = frozenset({"connect", "disconnect", "*"})  # names that Socket.IO itself has handlers for


def problem(event: str) -> Problem | None:
    """Return what is wrong with an event that could not be read, or None."""
    if event == OVERSIZE:
        return TooLarge("This event is too long; `details.limit` is the most, in bytes.", limit=LARGEST_EVENT)
    return BadRequest("This event cannot be read; send one name and one JSON object.") if event == MALFORMED else None


class Json:
    """JSON as Socket.IO wants it: text in, text out, as strict as everywhere else."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Write JSON; the layout that Socket.IO asks for is the only one orjson writes."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_: Any) -> Any:
        """Read JSON; raises ValueError for anything else, NaN and bottomless nesting included."""
        return parsed(text)


class TolerantPacket(Packet):  # type: ignore[misc]  # python-socketio has no types
    """A packet from a phone. An unreadable one turns into the event `malformed`, so that the phone gets an answer."""

    json = Json
    uses_binary_events = False  # events are not searched for bytes: they never hold any
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
            self.data = None  # too long for a greeting, and the client has not been let in yet
        if self.packet_type == EVENT:
            self.data = self._event(len(encoded_packet))
        return 0

    def _event(self, length: int) -> list[Any]:
        if not isinstance(self.data, list) or not self.data or not isinstance(self.data[0], str):
            return [MALFORMED]
        if self.data[0] in RESERVED:
            return [MALFORMED]
        return [OVERSIZE] if length > LARGEST_EVENT and self.data[0] not in LONG else self.data
