"""An idle phone: connected, signed in and caught up. It can prove that it is still connected."""

import asyncio
from typing import Any

import orjson

from bench.wire import Wire

PATIENCE = 30  # seconds for any answer


class Standing:
    """One phone. With a ``cursor``, the server tells it that it misses nothing."""

    def __init__(self, address: str, token: str, cursor: str | None = None) -> None:
        self._heard: asyncio.Queue[bytes] = asyncio.Queue()
        self._wire = Wire(address, token, self._heard.put_nowait, self._fail, cursor)
        self._is_told = cursor is not None

    async def connect(self) -> None:
        """Connect, and wait for the page that says that nothing was missed; raises RuntimeError for any other page."""
        await self._wire.open()
        if self._is_told:
            packet = await self._next()
            event, page = orjson.loads(packet[2:])
            if event != "page" or page["changes"] or page["more"]:
                raise RuntimeError(f"A phone that had everything was told {packet!r}")

    async def is_alive(self, event: str, body: Any) -> bool:
        """Send an event; return True if it is answered and not refused."""
        self._wire.send(b"421" + orjson.dumps([event, body]))
        while not (packet := await self._next()).startswith(b"431"):
            pass
        return "error" not in orjson.loads(packet[3:])[0]

    async def restarted(self) -> float:
        """Wait until the server says that it restarts; return the ms after which this phone shall reconnect."""
        while not (packet := await self._next()).startswith(b'42["restart"'):
            pass
        return float(orjson.loads(packet[2:])[1]["reconnect_in"])

    def leave(self) -> None:
        self._wire.close()

    async def _next(self) -> bytes:
        packet = await asyncio.wait_for(self._heard.get(), PATIENCE)
        if not packet.startswith(b"4"):
            raise RuntimeError(packet.decode())
        return packet

    def _fail(self, why: str) -> None:
        self._heard.put_nowait(why.encode())
