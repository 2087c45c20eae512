"""Checks of a transport before it is measured: whole frames for a slow reader, long frames, and a size limit."""

import asyncio
import itertools
import socket
import time
from collections.abc import Awaitable, Callable

import orjson

from bench.client import message
from bench.wire import Wire
from server.realtime.transport.frames import LARGEST_MESSAGE

SLOW, LETTERS = 800, 10_000  # messages that a phone does not read for a while, and characters of each: 8 MB
LONG = 60_000  # bytes of one frame, in either direction
HUGE = b"\x81\xff" + (LARGEST_MESSAGE + 1).to_bytes(8) + bytes(4)  # the header of a frame that never comes
NARROW = 2**17  # bytes of the slow reader's receive buffer; with less than a segment, the check would take minutes
PATIENCE = 20  # seconds for packets to come
SOON = 2.0  # seconds for a header to be refused
ROOM = "pair:" + "s" * 26


class Heard:
    """A phone on a server, and the packets that it gets."""

    def __init__(self, address: str, token: str) -> None:
        self.packets: list[bytes] = []
        self.failed = ""
        self.wire = Wire(address, token, self.packets.append, self._fail)

    async def until(self, count: int) -> None:
        """Wait until ``count`` packets have come in all; raises RuntimeError if they do not come."""
        await self.soon(lambda: len(self.packets) >= count or bool(self.failed), PATIENCE)
        if len(self.packets) < count:
            raise RuntimeError(self.failed[:60] or f"{count - len(self.packets)} of {count} did not come")

    async def soon(self, holds: Callable[[], bool], patience: float) -> None:
        """Wait until ``holds`` returns True, but at most ``patience`` seconds."""
        deadline = time.perf_counter() + patience
        while not holds() and time.perf_counter() < deadline:  # noqa: ASYNC110 — what is waited for has no event
            await asyncio.sleep(0.01)

    def _fail(self, why: str) -> None:
        self.failed = self.failed or why


def checked(address: str) -> dict[str, str]:
    """Return {check: fault} for the checks that a server does not pass."""
    tried = {check.__name__: asyncio.run(_tried(check, address)) for check in (slow_reader, long_frame, limit)}
    return {check: why for check, why in tried.items() if why}


async def slow_reader(address: str) -> None:
    """Let a phone read nothing until 8 MB have been sent to it; raises RuntimeError unless it gets all in order."""
    reader, writer = Heard(address, ROOM), Heard(address, "nowhere")
    await asyncio.gather(reader.wire.open(), writer.wire.open())
    reader.wire._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW)
    reader.wire._transport.pause_reading()  # type: ignore[attr-defined]
    asked = [message(ROOM, "x" * LETTERS) for _ in range(SLOW)]
    for number, one in enumerate(asked):
        writer.wire.send(b"42%d" % number + orjson.dumps(["mutate", one]))
    await writer.until(SLOW)
    reader.wire._transport.resume_reading()  # type: ignore[attr-defined]
    await reader.until(SLOW)
    if [orjson.loads(packet[2:])[1]["change"]["id"] for packet in reader.packets] != [
        one["args"]["id"] for one in asked
    ]:
        raise RuntimeError("not in order")
    reader.wire.close()
    writer.wire.close()


async def long_frame(address: str) -> None:
    """Send a long frame and get a long answer; raises RuntimeError unless both are whole."""
    phone = Heard(address, ROOM)
    await phone.wire.open()
    name = "".join(itertools.islice(itertools.cycle("abcdefghij "), LONG))
    phone.wire.send(b"421" + orjson.dumps(["mutate", {"id": name}]))
    await phone.until(1)
    if orjson.loads(phone.packets[0][3:])[0]["id"] != name:
        raise RuntimeError("not what was sent")
    phone.wire.close()


async def limit(address: str) -> None:
    """Send only the header of a frame that is longer than allowed; raises RuntimeError unless it is refused."""
    phone = Heard(address, ROOM)
    await phone.wire.open()
    phone.wire._transport.write(HUGE)
    await phone.soon(lambda: bool(phone.failed), SOON)
    phone.wire._transport.close()
    if not phone.failed:
        raise RuntimeError("waits for the frame")


async def _tried(check: Callable[[str], Awaitable[None]], address: str) -> str:
    try:
        await check(address)
    except (RuntimeError, OSError, ValueError, TimeoutError) as error:
        return str(error) or type(error).__name__
    return ""
