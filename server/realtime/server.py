"""The Socket.IO server, set up for phones."""

from typing import Any

from flask import Flask
from flask_socketio import SocketIO

from server.bus import Bus
from server.config import Config
from server.realtime.packets import TolerantPacket
from server.realtime.rooms import manager
from server.realtime.transport.engineio_queue import EngineIOQueue
from server.realtime.transport.frames import LARGEST_MESSAGE
from server.realtime.transport.websocket import WebSocket
from server.web.origins import Origins


def socketio_server(app: Flask, config: Config, bus: Bus) -> Any:
    """Return python-socketio's server: WebSocket only, each phone's events in order, on our own transport."""
    app.config["COMPRESS_MIMETYPES"] = ["application/json"]  # and no megabytes of scripts
    app.config["COMPRESS_MIN_SIZE"] = 1024
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    app.config["COMPRESS_BR_WINDOW"] = 18  # a larger one keeps the first 9 MB of a stream to itself
    origins = Origins(config.allowed_origins)
    server = SocketIO(
        app,
        async_mode="gevent",
        async_handlers=False,
        transports=["websocket"],
        serializer=TolerantPacket,
        max_http_buffer_size=LARGEST_MESSAGE,
        cors_allowed_origins=lambda origin, environ: origins.allows(origin, environ.get("HTTP_HOST", "")),
        manage_session=False,
        client_manager=manager(bus, config.bus_url if config.bus == "stock" else None),
    ).server
    engine = server.eio
    let_in = engine.handlers["connect"]
    engine.on("connect", lambda sid, environ: let_in(_in_peace(engine, sid), environ))
    engine._async = {**engine._async, "websocket": WebSocket, "queue": EngineIOQueue}  # noqa: SLF001 — Engine.IO has no other way in
    return server


def _in_peace(engine: Any, sid: str) -> str:
    """Keep Engine.IO from starting a greenlet that waits to send a ping: our transport has a timer for it."""
    engine.sockets[sid].last_ping = None
    return sid
