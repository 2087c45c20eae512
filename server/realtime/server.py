"""The Socket.IO server for phones: Flask-SocketIO with a WebSocket transport of Beside's own."""

import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from server.bus import Bus
from server.config import Config
from server.limits.pacing import Pacing
from server.realtime.packets import TolerantPacket
from server.realtime.rooms import RoomManager
from server.realtime.transport.connection_limits import ConnectionLimits
from server.realtime.transport.frames import LARGEST_MESSAGE
from server.realtime.transport.websocket import EngineIOQueue, WebSocket

CONNECT = re.compile("0(?!/[^,?])")  # how a CONNECT packet to the main namespace begins

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class PhoneSocketIO(SocketIO):  # type: ignore[misc]  # Flask-SocketIO has no types
    """Flask-SocketIO whose handlers are called without a Flask request for each event.

    A handler takes the session id and the arguments of the event. A Flask request for each event would cost 87 µs; a
    whole message takes 130 to 210 µs (docs/adr/0027).
    """

    def __init__(self, app: Flask, config: Config, bus: Bus, pacing: Pacing) -> None:
        """Serve WebSockets only, each phone's events in order."""
        endpoints = app.wsgi_app
        super().__init__(
            app,
            async_mode="gevent",
            async_handlers=False,
            transports=["websocket"],
            serializer=TolerantPacket,
            max_http_buffer_size=LARGEST_MESSAGE,
            cors_allowed_origins=[],  # no check by Engine.IO: SocketHandlers refuses with an error that a page can read
            manage_session=False,
            client_manager=RoomManager(bus),
        )
        app.wsgi_app = partial(_split, app.wsgi_app, endpoints)  # type: ignore[method-assign]
        _use_our_transport(self.server.eio, ConnectionLimits(config.limits), pacing)
        _connect_once(self.server)

    def _handle_event(
        self, handler: Callable[..., Any], _message: str | None, _namespace: str, sid: str, *args: Any
    ) -> Any:
        return handler(sid, *args)


def _split(sockets: Wsgi, endpoints: Wsgi, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Pass WebSocket handshakes to Engine.IO, and all else to Flask, whose errors have codes and CORS headers."""
    is_handshake = environ.get("HTTP_UPGRADE", "").lower() == "websocket"
    return (sockets if is_handshake else endpoints)(environ, start_response)


def _use_our_transport(engine: Any, limits: ConnectionLimits, pacing: Pacing) -> None:
    let_in = engine.handlers["connect"]
    engine.on("connect", lambda sid, environ: let_in(_without_ping_greenlet(engine, sid), environ))
    engine._async = {**engine._async, "websocket": partial(WebSocket, limits, pacing), "queue": EngineIOQueue}  # noqa: SLF001 — Engine.IO has no public setting


def _connect_once(server: Any) -> None:
    """Ignore a second CONNECT of a phone that is connected, or is about to be: it has its answer, or will have it.

    `socket.connect()` sends a second one if it is called while the client reconnects. python-socketio would refuse it,
    and socket.io-client then closes the connection, but goes on to believe that it is connected.
    """
    take = server.eio.handlers["message"]

    def take_once(sid: str, data: Any) -> Any:
        is_connect = isinstance(data, str) and data[:1] == "0" and CONNECT.match(data) is not None
        if is_connect and server.manager.sid_from_eio_sid(sid, "/") is not None:
            return None
        return take(sid, data)

    server.eio.on("message", take_once)


def _without_ping_greenlet(engine: Any, sid: str) -> str:
    """Keep Engine.IO from starting a greenlet that waits to send a ping: our transport has a timer for it."""
    engine.sockets[sid].last_ping = None
    return sid
