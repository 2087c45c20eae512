"""A phone's Socket.IO connection on bare asyncio: so thin that the server, not the phone, is measured.

It speaks only as much of RFC 6455, Engine.IO 4 and Socket.IO 5 as a phone needs on a good connection. Frames are
masked with zeros, which is legal, costs the server as much as any mask, and costs us nothing.
"""

import asyncio
import struct
from collections.abc import Callable

import orjson

TEXT, CLOSE = 0x81, 0x88  # first bytes of whole frames
HELLO = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Wire(asyncio.Protocol):
    """One connection. ``heard`` gets every event and acknowledgement, ``failed`` a text for every failure."""

    def __init__(
        self,
        address: str,
        token: str,
        heard: Callable[[bytes], None],
        failed: Callable[[str], None],
        cursor: str | None = None,
    ) -> None:
        """Take host:port, an access token, the two callbacks, and the cursor of a phone that wants to be caught up."""
        self._address, self._heard, self._failed = address, heard, failed
        self._greeting = {"token": token} if cursor is None else {"token": token, "cursor": cursor}
        self._buffer = b""
        self._upgraded = False
        self.size = 0  # bytes that came
        self.ready = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        """Connect, and wait until the server has let us in."""
        host, _, port = self._address.rpartition(":")
        await asyncio.get_running_loop().create_connection(lambda: self, host, int(port))
        await asyncio.wait_for(self.ready, 30)

    def send(self, packet: bytes) -> None:
        """Send one Engine.IO packet as one frame."""
        size = len(packet)
        head = struct.pack("!BBI", TEXT, 0x80 | size, 0) if size < 126 else struct.pack("!BBHI", TEXT, 0xFE, size, 0)
        self._transport.write(head + packet)

    def close(self) -> None:
        self._failed = lambda _: None
        self._transport.close()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        transport.write(HELLO.format(address=self._address).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._failed(f"A connection was lost: {exc}")

    def data_received(self, data: bytes) -> None:
        """Read the received bytes: the answer to the handshake, then frames."""
        self._buffer, self.size = self._buffer + data, self.size + len(data)
        if not self._upgraded:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._failed(head.decode(errors="replace"))
            self._upgraded, self._buffer = True, rest
        end = 0
        while (frame := self._frame(end)) is not None:
            start, end = frame
            self._take(self._buffer[start:end])
        self._buffer = self._buffer[end:]

    def _frame(self, at: int) -> tuple[int, int] | None:
        """Return where the payload of the frame at offset ``at`` begins and ends; None if the frame is incomplete."""
        buffer = self._buffer
        if len(buffer) < at + 2:
            return None
        if buffer[at] != TEXT:
            self._failed(f"Not a text frame: {buffer[at : at + 80]!r}")
        size, start = buffer[at + 1], at + 2
        if size >= 126:
            wide = 2 if size == 126 else 8  # if the size is incomplete, the payload begins past the end
            size, start = int.from_bytes(buffer[start : start + wide]), start + wide
        return (start, start + size) if len(buffer) >= start + size else None

    def _take(self, packet: bytes) -> None:
        """Answer the packets of the protocols, and pass on events and acknowledgements; other packets are failures."""
        if packet[:2] in {b"42", b"43"}:
            self._heard(packet)
        elif packet[:1] == b"0":
            self.send(b"40" + orjson.dumps(self._greeting))
        elif packet[:1] == b"2":
            self.send(b"3")
        elif packet[:2] == b"40" and not self.ready.done():
            self.ready.set_result(None)
        else:
            self._failed(f"Not expected: {packet[:200]!r}")
