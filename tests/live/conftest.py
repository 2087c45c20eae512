"""A phone that speaks raw Socket.IO frames: it can send what no library would, and read slowly."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from tests.waiting import PATIENCE

PATH = "/socket.io/?EIO=4&transport=websocket"


class Raw:
    """One WebSocket connection, byte by byte."""

    def __init__(self, address: str, token: str, buffer: int | None = None, *, connects: bool = True) -> None:
        where = urlsplit(address)
        self.socket = socket.socket()
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((where.hostname, where.port))
        self.protocol = ClientProtocol(parse_uri(f"ws://{where.netloc}{PATH}"), max_size=None)
        self.protocol.send_request(self.protocol.connect())
        self.token, self.texts = token, list[str]()
        self._parts: list[bytes] = []
        self._flush()
        self.until(lambda text: text.startswith("0{"))
        if connects:
            self.send("40" + json.dumps({"token": token}))
            self.until(lambda text: text.startswith("40"))

    def send(self, text: str) -> None:
        self.protocol.send_text(text.encode())
        self._flush()

    def frame(self, opcode: Opcode, data: bytes, *, fin: bool = True) -> None:
        """Send one frame as it is, allowed or not."""
        self.socket.sendall(Frame(opcode, data, fin).serialize(mask=True))

    def until(self, enough: Callable[[str], bool]) -> str:
        """Read until a text comes for which ``enough`` is true, and return it."""
        while True:
            for number, text in enumerate(self.texts):
                if enough(text):
                    del self.texts[: number + 1]
                    return text
            assert self.read(), f"closed: {self.protocol.close_code} {self.protocol.close_reason}"

    def answer(self, number: int) -> Any:
        """Return the answer to the event that was sent with this number."""
        head = f"43{number}["
        return json.loads(self.until(lambda text: text.startswith(head))[len(head) - 1 :])[0]

    def read(self) -> bool:
        """Take in what has come; False once the connection has ended."""
        data = self.socket.recv(65536)
        if data:
            self.protocol.receive_data(data)
        else:
            self.protocol.receive_eof()
        self.texts += [text for event in self.protocol.events_received() for text in self._joined(event)]
        self._flush()
        return bool(data)

    def close_code(self) -> int | None:
        """Read to the end and return the code that the server closed with."""
        while self.protocol.state is not State.CLOSED:
            try:
                self.read()
            except OSError:
                break
        return self.protocol.close_rcvd.code if self.protocol.close_rcvd else None

    def was_cut_off(self) -> bool:
        """Read until the connection ends; return False if it does not end in time."""
        try:
            while self.read():
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True

    def _joined(self, event: Any) -> list[str]:
        if not isinstance(event, Frame) or event.opcode not in {Opcode.TEXT, Opcode.CONT}:
            return []
        self._parts.append(bytes(event.data))
        if not event.fin:
            return []
        whole, self._parts = b"".join(self._parts).decode(), []
        if whole == "2":
            self.send("3")  # Engine.IO asks whether we are there
        return [whole]

    def _flush(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)


@pytest.fixture
def raw(server, online) -> Iterator[Callable[..., Raw]]:
    """Return a function that connects a raw phone of somebody."""
    opened: list[Raw] = []

    def make(tokens: dict | None = None, buffer: int | None = None, *, connects: bool = True) -> Raw:
        phone = Raw(server.address, (tokens or online().tokens)["access_token"], buffer, connects=connects)
        opened.append(phone)
        return phone

    yield make
    for phone in opened:
        phone.socket.close()
