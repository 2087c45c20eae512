"""Which product files one change crosses: `make path`.

One `message.send` is followed from the bytes on a phone's WebSocket to those on the other phone's, and one push of an
RxDB collection from the request to its answer, in this process, on a real database. A file counts once, in the order in
which it is entered. A climb is a call from a file into one that was entered before it: where a reader turns back.
"""

import base64
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import gevent
import orjson
from gevent import socket
from pymongo import MongoClient
from websockets.frames import Frame, Opcode

from server.accounts.tokens import Tokens
from server.embedded_database.client import Embedded
from server.store.accounts import AccountStore
from server.store.database import database
from tests.conftest import CONFIG, World
from tests.phone import Phone

ROOT = Path(__file__).parent.parent
PRODUCT = tuple(f"{ROOT}/{room}/" for room in ("server", "schemas", "sync"))
WARM_UP = 2  # changes before the one that is followed: the first of a kind fills caches
LONGEST_WAIT = 20  # seconds for a frame


class CallPath:
    """The product files that are entered, in order, and how many climbs there are between them."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.climbs = 0

    def enter(self, frame: FrameType, event: str, _: Any) -> None:
        """Record a call; `sys.setprofile` takes this function."""
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PRODUCT) or code.co_name.startswith("<g"):
            return
        file, caller = code.co_filename, _caller(frame)
        if file not in self.files:
            self.files.append(file)
        elif file != caller and caller in self.files and self.files.index(file) < self.files.index(caller):
            self.climbs += 1

    def __str__(self) -> str:
        """Return the files, one a line, with the numbers of files and climbs."""
        names = (f"  {Path(file).relative_to(ROOT)}" for file in self.files)
        return "\n".join([*names, f"  = {len(self.files)} files, {self.climbs} climbs"])


def _caller(frame: FrameType) -> str:
    """Return the product file from which a call came, past the libraries in between."""
    before = frame.f_back
    while before is not None and not before.f_code.co_filename.startswith(PRODUCT):
        before = before.f_back
    return "" if before is None else before.f_code.co_filename


@contextmanager
def followed() -> Iterator[CallPath]:
    """Follow what this thread does, greenlets included."""
    found = CallPath()
    sys.setprofile(found.enter)
    try:
        yield found
    finally:
        sys.setprofile(None)


@contextmanager
def world() -> Iterator[World]:
    """Give a server in this process."""
    with tempfile.TemporaryDirectory() as directory:
        embedded = Embedded(Path(directory))
        try:
            with MongoClient(embedded.uri) as client:
                yield World(database(client, "path"))
        finally:
            embedded.stop()


class Connection:
    """A phone's end of a WebSocket that the server's app serves, without gunicorn."""

    def __init__(self, app: Callable[..., Any], token: str) -> None:
        self._socket, served = socket.socketpair()
        self._socket.settimeout(LONGEST_WAIT)
        gevent.spawn(self._serve, app, served)
        self.say("40" + orjson.dumps({"token": token}).decode())
        self.wait(b"40{")

    def say(self, text: str) -> None:
        """Send a packet of Engine.IO."""
        self._socket.sendall(Frame(Opcode.TEXT, text.encode()).serialize(mask=True))

    def wait(self, what: bytes) -> None:
        """Wait until these bytes have come."""
        heard = b""
        while what not in heard:
            heard += self._socket.recv(65_536)

    @staticmethod
    def _serve(app: Callable[..., Any], served: Any) -> None:
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": "/socket.io/", "QUERY_STRING": "EIO=4&transport=websocket",
            "SERVER_NAME": "path", "SERVER_PORT": "80", "wsgi.url_scheme": "http", "HTTP_HOST": "path",
            "HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade", "HTTP_SEC_WEBSOCKET_VERSION": "13",
            "HTTP_SEC_WEBSOCKET_KEY": base64.b64encode(bytes(16)).decode(), "gunicorn.socket": _Local(served),
        }  # fmt: skip
        with suppress(StopIteration, RuntimeError):  # how gunicorn is told that a connection has ended
            list(app(environ, lambda *_: None))


class _Local:
    """A local socket, which has no TCP options."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def setsockopt(self, *_: Any) -> None:
        """Set nothing."""


def token_of(world: World, phone: Phone) -> str:
    """Return an access token for a phone."""
    caller = phone.transport.caller
    AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
    return Tokens(CONFIG.secret_keys).access(caller, world.time)[0]


def of_a_message() -> CallPath:
    """Follow a message from one phone's WebSocket to the other's."""
    with world() as there:
        sam, ann = there.phone(there.person("sam", "specialist")), there.phone(there.person("ann"))
        space = there.paired(sam, ann)
        speaks, hears = (Connection(there.parts.app.wsgi_app, token_of(there, one)) for one in (sam, ann))
        for number in range(WARM_UP + 1):
            message = sam.does("message.send", space=space, id=f"m{number}", text="hello", origin="person")
            with followed() as path:
                speaks.say("421" + orjson.dumps(["mutate", message]).decode())
                hears.wait(b'42["change"')
                speaks.wait(b"431[")
        return path


def of_an_rxdb_push() -> CallPath:
    """Follow the push of one new row of a collection from the request to its answer."""
    with world() as there:
        ann = there.phone(there.person("ann"))
        headers, client = {"Authorization": f"Bearer {token_of(there, ann)}"}, there.parts.app.test_client()
        for number in range(WARM_UP + 1):
            document = {"id": f"n{number}", "title": "home", "created_at": there.time}
            rows = [{"newDocumentState": document, "assumedMasterState": None}]
            with followed() as path:
                answer = client.post("/api/v1/adapters/rxdb/note/push", json=rows, headers=headers)
            assert answer.status_code == 200, answer.get_json()
        return path


if __name__ == "__main__":
    print("message.send, from one phone's WebSocket to the other's:", of_a_message(), sep="\n")
    print("One row of an RxDB push:", of_an_rxdb_push(), sep="\n")
