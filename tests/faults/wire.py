"""MongoDB's wire protocol, as far as pymongo speaks it: OP_MSG, and the OP_QUERY that opens a connection.

https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

import itertools
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import bson
from bson.codec_options import CodecOptions, DatetimeConversion

Body = dict[str, Any]

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
CHECKSUM, MORE_TO_COME, EXHAUST_ALLOWED = 1, 1 << 1, 1 << 16  # flags of OP_MSG
HEADER = struct.Struct("<iiii")
INT = struct.Struct("<i")
ANSWERED = struct.pack("<iqii", 8, 0, 0, 1)  # how an OP_REPLY begins that holds one document
CODEC: CodecOptions[Body] = CodecOptions(datetime_conversion=DatetimeConversion.DATETIME_AUTO)

_ids = itertools.count(1)


@dataclass(frozen=True)
class Message:
    """One message: a command or a reply, as one document."""

    body: Body
    number: int = field(default_factory=_ids.__next__)
    reply_to: int = 0
    opcode: int = OP_MSG
    flags: int = 0  # of OP_MSG
    prefix: bytes = b""  # of the others: what is in front of the document
    sequences: tuple[str, ...] = ()  # fields that are sent outside of the document, which has a size limit

    def reply(self, body: Body) -> "Message":
        """Return the message that answers this one with a document."""
        if self.opcode == OP_MSG:
            return Message(body, reply_to=self.number)
        return Message(body, reply_to=self.number, opcode=OP_REPLY, prefix=ANSWERED)

    def encode(self) -> bytes:
        """Return the message as it is sent."""
        content = b"".join(self._sections()) if self.opcode == OP_MSG else self.prefix + bson.encode(self.body)
        return HEADER.pack(HEADER.size + len(content), self.number, self.reply_to, self.opcode) + content

    def _sections(self) -> Iterator[bytes]:
        yield INT.pack(self.flags & ~CHECKSUM)
        yield b"\0" + bson.encode(without(self.body, set(self.sequences)))
        for name in self.sequences:
            content = name.encode() + b"\0" + b"".join(map(bson.encode, self.body[name]))
            yield b"\1" + INT.pack(INT.size + len(content)) + content


def receive(connection: socket.socket) -> Message | None:
    """Return the next message of a connection, or None when it is over; raises OSError."""
    head = _exactly(connection, HEADER.size)
    if head is None:
        return None
    length, number, reply_to, opcode = HEADER.unpack(head)
    content = _exactly(connection, length - HEADER.size)
    if content is None:
        return None
    if opcode == OP_MSG:
        return _read(content, number, reply_to)
    start = len(ANSWERED) if opcode == OP_REPLY else content.index(b"\0", INT.size) + 1 + 2 * INT.size
    [length] = INT.unpack_from(content, start)
    body = bson.decode(content[start : start + length], CODEC)
    return Message(body, number, reply_to, opcode, prefix=content[:start])


def without(body: Body, names: set[str]) -> Body:
    """Return a document without some fields."""
    return {name: value for name, value in body.items() if name not in names}


def _read(content: bytes, number: int, reply_to: int) -> Message:
    """Return the OP_MSG with this content."""
    [flags] = INT.unpack_from(content)
    at, end = INT.size, len(content) - (INT.size if flags & CHECKSUM else 0)
    body: Body = {}
    sequences: Body = {}
    while at < end:
        kind, at = content[at], at + 1
        [length] = INT.unpack_from(content, at)
        if kind == 0:
            body = bson.decode(content[at : at + length], CODEC)
        else:
            name, _, documents = content[at + INT.size : at + length].partition(b"\0")
            sequences[name.decode()] = bson.decode_all(documents, CODEC)
        at += length
    return Message({**body, **sequences}, number, reply_to, flags=flags, sequences=tuple(sequences))


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    """Return ``size`` bytes, or None if the connection ends before they have come."""
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            return None
        data += part
    return bytes(data)
