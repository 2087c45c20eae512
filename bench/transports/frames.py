"""The time of one frame, without any socket: `python -m bench.transports.frames` prints {transport: {measure: µs}}."""

import io
import time
from collections.abc import Callable
from types import SimpleNamespace

import orjson
from geventwebsocket.websocket import Stream, WebSocket
from websockets.frames import Frame, Opcode
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, TextMessage

from bench.transports import GEVENT, LEAN, OURS, REPAIRED, lean
from server.realtime.transport import frames

SIZES = (100, 400, 4_000, 60_000)  # bytes of a message; 400 is one of a chat
SENT = 400
SECONDS = 0.2  # for each measurement
READ = 4096  # bytes that simple-websocket reads at a time
HELLO = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

Step = Callable[[bytes], object]


def main() -> None:
    """Measure all transports, size by size, so that other load on the machine affects all of them."""
    found: dict[str, dict[str, float]] = {name: {} for name in PARTIES}
    for size in SIZES:
        text = b"x" * size
        frame = Frame(Opcode.TEXT, text).serialize(mask=True)
        for name, (receives, _) in PARTIES.items():
            found[name][f"in_{size}"] = _micros(receives(), frame)
    for name, (_, sends) in PARTIES.items():
        found[name][f"out_{SENT}"] = _micros(sends(), "x" * SENT)
    print(orjson.dumps(found).decode())


def _micros(step: Callable[..., object], given: bytes | str) -> float:
    """Return the least time of a step, in µs: the best mean of 20 steps within 0.2 seconds of trying."""
    least, until = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < until:
        start = time.perf_counter()
        for _ in range(20):
            step(given)
        least = min(least, (time.perf_counter() - start) / 20)
    return least * 1e6


def _gevent(written: Callable[[bytes], object]) -> tuple[WebSocket, io.BytesIO]:
    """Return gevent-websocket's object on a stream that is read from the start again for each frame."""
    stream = io.BytesIO()
    around = SimpleNamespace(rfile=stream, socket=SimpleNamespace(sendall=written), server=None)
    return WebSocket({}, Stream(around), around), stream


def _gevent_in() -> Step:
    connection, stream = _gevent(len)

    def step(frame: bytes) -> object:
        stream.seek(0)
        stream.write(frame)
        stream.seek(0)
        return connection.receive()

    return step


def _wsproto() -> WSConnection:
    connection = WSConnection(ConnectionType.SERVER)
    connection.receive_data(HELLO)
    list(connection.events())
    connection.send(AcceptConnection())
    return connection


def _simple_in() -> Step:
    connection = _wsproto()

    def step(frame: bytes) -> object:
        parts = []
        for start in range(0, len(frame), READ):
            connection.receive_data(frame[start : start + READ])
            parts += [event.data for event in connection.events()]
        return "".join(parts)

    return step


def _simple_out() -> Callable[[str], object]:
    connection = _wsproto()
    return lambda text: connection.send(TextMessage(data=text))


def _ours_in() -> Step:
    ours = frames.Frames()
    return lambda frame: list(ours.receive(frame))


PARTIES = {
    GEVENT: (_gevent_in, lambda: _gevent(len)[0].send),
    REPAIRED: (_simple_in, _simple_out),
    OURS: (_ours_in, lambda: frames.framed),
    LEAN: (lambda: lean.Frames().receive, lambda: lean.framed),
}

if __name__ == "__main__":
    main()
