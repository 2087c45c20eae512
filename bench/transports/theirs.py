"""WebSockets for Engine.IO's own handler, which has a queue and a writing greenlet for each connection."""

import logging
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI
from engineio.async_drivers.gevent import Thread
from gevent.event import Event
from gevent.lock import RLock
from gevent.selectors import DefaultSelector
from websockets.frames import CloseCode

from server.realtime.transport.frames import Frames, framed, welcome

Environ = dict[str, Any]


class Accepted:
    """A connection after the WebSocket handshake, on gunicorn's socket."""

    def __init__(self, handler: Callable[..., Any], _: Any) -> None:
        self._handler = handler

    def __call__(self, environ: Environ, _: Any) -> None:
        self._connection = environ["gunicorn.socket"]
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection.sendall(welcome(environ["HTTP_SEC_WEBSOCKET_KEY"]))
        self._begin(environ)
        self._handler(self)
        raise StopIteration  # tells gunicorn that the connection has been dealt with


class Gevent(Accepted):
    """gevent-websocket without its own worker, which would bring another HTTP server as well."""

    def _begin(self, environ: Environ) -> None:
        theirs = import_module("geventwebsocket.websocket")  # installed only for the server that uses it
        around = SimpleNamespace(
            rfile=self._connection.makefile("rb"),
            socket=self._connection,
            server=SimpleNamespace(application=None),
            logger=logging.getLogger(__name__),
        )
        self._websocket = theirs.WebSocket(environ, theirs.Stream(around), around)
        self.wait, self.send = self._websocket.receive, self._websocket.send

    def close(self) -> None:
        if not self._websocket.closed:
            self._websocket.close()


class Repaired(SimpleWebSocketWSGI):
    """simple-websocket on a socket whose `send` sends all of its bytes, one call after the other."""

    def __init__(self, handler: Callable[..., Any], server: Any) -> None:
        super().__init__(handler, server, thread_class=Thread, event_class=Event, selector_class=DefaultSelector)

    def __call__(self, environ: Environ, start_response: Any) -> Any:
        return super().__call__({**environ, "gunicorn.socket": Whole(environ["gunicorn.socket"])}, start_response)


class Whole:
    """A socket whose `send` sends all of its bytes, and nothing of another `send` in between."""

    def __init__(self, connection: Any) -> None:
        self._connection, self._lock = connection, RLock()
        self.recv, self.close = connection.recv, connection.close

    def send(self, data: bytes) -> None:
        with self._lock:
            self._connection.sendall(data)


class Stock(Accepted):
    """The protocol of `websockets` under Engine.IO's handler, as our transport was before it had a write buffer."""

    def _begin(self, _: Environ) -> None:
        self._frames, self._arrived, self._lock = Frames(), deque(), RLock()

    def wait(self) -> str | bytes | None:
        """Return the next message; None once the connection has ended."""
        while not self._arrived and self._frames.is_open:
            self._arrived.extend(self._frames.receive(self._connection.recv(65536)))
            self._answer()
        return self._arrived.popleft() if self._arrived else None

    def send(self, text: str) -> None:
        with self._lock:
            self._connection.sendall(framed(text))

    def close(self) -> None:
        if self._frames.is_open:
            self._frames.close(CloseCode.NORMAL_CLOSURE, "")
        with suppress(OSError):
            self._answer()

    def _answer(self) -> None:
        with self._lock:
            self._connection.sendall(b"".join(self._frames.to_send()))
