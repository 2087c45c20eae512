"""RFC 6455 by hand: what `server.realtime.transport.frames` does, with as little code as possible; unmasks in C."""

import struct

from websockets.speedups import apply_mask

from server.realtime.transport.frames import LARGEST_MESSAGE, Message

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
WHOLE = 0x80  # in the first byte: no more parts follow; in the second: masked
PROTOCOL, INVALID, TOO_BIG = 1002, 1007, 1009
CODES = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})  # that may be sent


def framed(message: Message) -> bytes:
    """Return a message as one frame."""
    return _frame(TEXT, message.encode()) if isinstance(message, str) else _frame(BINARY, message)


class Refused(Exception):
    """The phone has sent something that the standard forbids; the argument is the close code of the connection."""


class Frames:
    """The bytes received on one connection, and the frames with which the protocol itself has to answer."""

    __slots__ = ("_buffer", "_length", "_opcode", "_out", "_parts", "is_open")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._parts: list[bytes] = []  # of a message that is not whole yet
        self._length = self._opcode = 0  # bytes of all its parts; opcode of the first part
        self._out: list[bytes] = []
        self.is_open = True

    def receive(self, data: bytes) -> list[Message]:
        """Take the bytes that have come, none at the end of the stream; return the messages that they complete."""
        messages: list[Message] = []
        if not data:
            self._end()
        elif self.is_open:
            self._buffer += data
            try:
                self._read(messages)
            except Refused as error:
                self.close(error.args[0], "")
                self._end()
            except UnicodeDecodeError:
                self.close(INVALID, "not UTF-8")
                self._end()
        return messages

    def close(self, code: int, reason: str) -> None:
        """Queue a close frame."""
        self._out.append(_frame(CLOSE, struct.pack("!H", code) + reason.encode()))
        self.is_open = False

    def to_send(self) -> list[bytes]:
        """Return the frames to send, each only once; an empty one ends our side of the stream."""
        out, self._out = self._out, []
        return out

    def _end(self) -> None:
        self.is_open = False
        self._buffer.clear()
        self._out.append(b"")

    def _read(self, messages: list[Message]) -> None:
        """Read all frames that have come completely."""
        buffer, at = self._buffer, 0
        while self.is_open and len(buffer) - at >= 2:
            first, size, start = buffer[at], buffer[at + 1] & 127, at + 2
            self._check(first, buffer[at + 1])
            if size >= 126:
                wide = 2 if size == 126 else 8
                if len(buffer) < start + wide:
                    break
                size, start = int.from_bytes(buffer[start : start + wide]), start + wide
            if size > LARGEST_MESSAGE - self._length and first & 15 < CLOSE:
                raise Refused(TOO_BIG)
            if len(buffer) < start + 4 + size:
                break
            at = start + 4 + size
            self._take(first, apply_mask(buffer[start + 4 : at], buffer[start : start + 4]), messages)
        del buffer[:at]

    def _check(self, first: int, second: int) -> None:
        """Raise Refused for a header that the standard forbids."""
        opcode = first & 15
        if first & 0x70 or second < WHOLE or opcode > PONG or BINARY < opcode < CLOSE:
            raise Refused(PROTOCOL)
        if (first < WHOLE or second & 127 > 125) if opcode >= CLOSE else (opcode == CONT) != bool(self._opcode):
            raise Refused(PROTOCOL)

    def _take(self, first: int, data: bytes, messages: list[Message]) -> None:
        """Handle one frame."""
        opcode = first & 15
        if opcode == PING:
            self._out.append(_frame(PONG, data))
        elif opcode == CLOSE:
            self._goodbye(data)
        elif opcode < CLOSE:
            opcode = self._opcode or opcode
            if first < WHOLE:
                self._opcode, self._length = opcode, self._length + len(data)
                self._parts.append(data)
                return
            if self._opcode:
                data = b"".join([*self._parts, data])
                self._parts, self._opcode, self._length = [], 0, 0
            messages.append(data.decode() if opcode == TEXT else data)

    def _goodbye(self, data: bytes) -> None:
        """Answer a close frame with the same payload; raises Refused if the payload is malformed."""
        data[2:].decode()
        if data and (len(data) < 2 or int.from_bytes(data[:2]) not in CODES or self._opcode):
            raise Refused(PROTOCOL)
        self._out.append(_frame(CLOSE, data))
        self._end()


def _frame(opcode: int, data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        return bytes((WHOLE | opcode, size)) + data
    narrow = size < 65536
    return struct.pack("!BBH" if narrow else "!BBQ", WHOLE | opcode, 126 if narrow else 127, size) + data
