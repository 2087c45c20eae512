"""An attacker of a server: a dozen connections that send as fast as they can, and reconnect at once.

`python -m tests.live.attacker ADDRESS SECONDS [TOKEN [KIND NUMBER]]`: one connection for each kind of attack, or many
of one kind, all at once; prints how often each was cut off.
"""

import json
import socket
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode

PAUSE = 0.02  # seconds between two bursts of a connection
BURST = 20_000  # bytes a connection sends at once; 50 times a second that is 1 MB/s
HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
KINDS = {  # how a connection begins, and what it then says again and again
    "empty fragments": (Frame(Opcode.TEXT, b"", fin=False), Frame(Opcode.CONT, b"", fin=False)),
    "short fragments": (Frame(Opcode.TEXT, b"4", fin=False), Frame(Opcode.CONT, b"2", fin=False)),
    "pings": (None, Frame(Opcode.PING, b"x")),
    "pongs": (None, Frame(Opcode.PONG, b"x")),
    "no-ops": (None, Frame(Opcode.TEXT, b"6")),
    "pongs of Engine.IO": (None, Frame(Opcode.TEXT, b"3")),
    "upgrades": (None, Frame(Opcode.TEXT, b"5")),
    "events": (None, Frame(Opcode.TEXT, b'42["x"]')),
    "events elsewhere": (None, Frame(Opcode.TEXT, b'42/x,["x"]')),
    "binary": (None, Frame(Opcode.BINARY, b"x")),
    "connects": (None, Frame(Opcode.TEXT, b'40{"token":"x"}')),
    "one long text": (Frame(Opcode.TEXT, b"4" * 1000, fin=False), Frame(Opcode.CONT, b"x" * 1000, fin=False)),
}
CLOSED = KINDS.keys() - {"events", "one long text", "binary", "events elsewhere"}  # also if the attacker is signed in


class Attacker:
    """One connection, made again whenever it is cut off."""

    def __init__(self, address: str, kind: str, token: str) -> None:
        self._address, self._token, self.cut_off = urlsplit(address), token, -1
        first, again = KINDS[kind]
        self._first = first.serialize(mask=True) if first else b""
        piece = again.serialize(mask=True)
        self._burst = piece * max(1, BURST // len(piece))
        self._open()

    def _open(self) -> None:
        self.cut_off += 1
        self.socket = socket.create_connection((self._address.hostname, self._address.port), timeout=5)
        self.socket.sendall(HANDSHAKE.encode())
        self._until(b"0{")
        if self._token:
            self.socket.sendall(Frame(Opcode.TEXT, f'40{{"token":"{self._token}"}}'.encode()).serialize(mask=True))
            self._until(b"40{")
        self.socket.sendall(self._first)
        self.socket.settimeout(0)
        self._rest = b""

    def _until(self, found: bytes) -> None:
        data = b""
        while found not in data:
            piece = self.socket.recv(4096)
            if not piece:
                raise ConnectionResetError
            data += piece

    def attack(self) -> None:
        """Send as much of the next burst as the server takes."""
        try:
            with suppress(BlockingIOError):
                self._rest = self._rest or self._burst
                self._rest = self._rest[self.socket.send(self._rest) :]
            with suppress(BlockingIOError):
                while self.socket.recv(65536):
                    pass
                raise ConnectionResetError
        except OSError:
            self.socket.close()
            with suppress(OSError):
                self._open()


def main(address: str, seconds: str, token: str = "", only: str = "", number: str = "1") -> None:
    """Attack for so many seconds; on a busy machine for longer, with as many bursts as fit into them elsewhere."""
    kinds = {f"{only} {one}": only for one in range(int(number))} if only else {kind: kind for kind in KINDS}
    attackers = {name: Attacker(address, kind, token) for name, kind in kinds.items()}
    closed = [attackers[kind] for kind in kinds if not only and (kind in CLOSED or not token)]
    end, rounds = time.monotonic() + float(seconds), float(seconds) / PAUSE
    while time.monotonic() < end or (rounds > 0 and not all(one.cut_off for one in closed)):
        rounds -= 1
        for attacker in attackers.values():
            attacker.attack()
        time.sleep(PAUSE)
    print(json.dumps({kind: attacker.cut_off for kind, attacker in attackers.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
