"""The frames of one WebSocket, without I/O: bytes in, messages out, with the Sans-I/O protocol of `websockets`.

The protocol of `websockets` parses frames, masks and close codes (RFC 6455), and refuses a too long frame by its header
alone (docs/adr/0004). This module joins fragments, and checks that texts are UTF-8.
"""

from collections.abc import Iterator
from typing import Any

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SERVER, Protocol, State
from websockets.utils import accept_key

from server.realtime.transport.budget import FRAGMENTS, SIZE_BEFORE_CONNECT

LARGEST_MESSAGE = 4 * 1024 * 1024  # bytes of one message from a phone: an outbox of 500 mutations

Message = str | bytes


def welcome(key: str) -> bytes:
    """Return the HTTP answer to a handshake with this key."""
    lines = (
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(key)}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def framed(message: Message) -> bytes:
    """Return a message as one frame. A server's frames have no mask, so one frame can be sent to many phones."""
    opcode, data = (Opcode.TEXT, message.encode()) if isinstance(message, str) else (Opcode.BINARY, message)
    return Frame(opcode, data).serialize(mask=False)


class Frames:
    """The data received on one connection, and the data that the protocol itself has to send."""

    def __init__(self) -> None:
        self._protocol = Protocol(SERVER, max_size=SIZE_BEFORE_CONNECT)
        self._parts: list[bytes] = []
        self._opcode = Opcode.TEXT
        self._empty = 0

    @property
    def is_open(self) -> bool:
        """Whether neither side has sent a close frame."""
        return self._protocol.state is State.OPEN

    @property
    def answers(self) -> bool:
        """Whether the protocol has something to send."""
        return bool(self._protocol.writes)

    def limit(self, size: int) -> None:
        """From now on, accept messages of at most ``size`` bytes."""
        self._protocol.max_message_size = size

    def empty(self) -> int:
        """Return the number of frames without content since the last call: empty fragments, pings and pongs."""
        empty, self._empty = self._empty, 0
        return empty

    def receive(self, data: bytes) -> Iterator[Message]:
        """Parse received bytes, b"" at the end of the stream; yield the messages that they complete."""
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for frame in self._protocol.events_received():
            message = self._joined(frame)
            if message is not None:
                yield message

    def close(self, code: CloseCode, reason: str) -> None:
        """Prepare a close frame."""
        self._protocol.send_close(code, reason)

    def forget(self) -> None:
        """Drop the parts of incomplete messages, which are of no use after the end of a connection."""
        self._parts.clear()
        self._protocol.reader.discard()

    def to_send(self) -> list[bytes]:
        """Return the answers to pings, closes and errors since the last call; b"" ends our side of the stream."""
        return self._protocol.data_to_send()

    def _joined(self, frame: Any) -> Message | None:
        """Add a frame to the message it belongs to; return the message if it is complete, else None."""
        if not isinstance(frame, Frame) or frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            self._empty += 1
            return None
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            self._empty += not frame.data
            if len(self._parts) > FRAGMENTS:
                self._protocol.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
            return None
        whole, self._parts = b"".join(self._parts), []
        if self._opcode is Opcode.BINARY:
            return whole
        try:
            return whole.decode()
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "not UTF-8")
            return None
