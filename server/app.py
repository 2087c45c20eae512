"""Beside: the whole object graph on one screen."""

import time
from typing import Any, NamedTuple

from flask import Flask
from flask_compress import Compress
from flask_cors import CORS
from flask_socketio import SocketIO
from werkzeug.middleware.proxy_fix import ProxyFix

import server.commands  # noqa: F401 — registers them
from server.accounts import Accounts
from server.adapters import rxdb_endpoints, rxdb_server_endpoints, watermelondb_endpoints
from server.adapters.broadcast import Broadcast
from server.adapters.reader import Reader
from server.adapters.rxdb import RxDB
from server.adapters.subscriptions import Subscriptions
from server.adapters.watermelondb import WatermelonDB
from server.backend import Backend
from server.cli import add_commands
from server.command import Clock
from server.config import Config
from server.effects import Effects
from server.effects.realtime import Rooms
from server.pulling import Puller
from server.realtime.outbox import Outbox
from server.realtime.packets import TolerantPacket
from server.realtime.sockets import Sockets
from server.realtime.websocket import LARGEST, WebSocket
from server.store.commit import Committer
from server.store.database import Mongo
from server.store.feed import Feed
from server.store.migrations import migrate
from server.store.people import People
from server.store.views import Views
from server.tokens import Tokens
from server.web.pages import pages
from server.web.people import people as people_endpoints
from server.web.routes import serve
from server.web.verbs import commands as command_endpoints
from server.web.verbs import reads, verbs


class Parts(NamedTuple):
    """What was built: the app to serve, and the parts that tests and tools talk to."""

    app: Flask
    backend: Backend
    accounts: Accounts
    sockets: Sockets
    committer: Committer
    feed: Feed


def build(config: Config, database: Mongo, now: Clock) -> Parts:
    """Build a server on a database, which is brought up to date first."""
    migrate(database)
    app = Flask("beside", static_folder=None)
    socketio = _socketio(app, config)
    tokens, feed, rooms = Tokens(config.secret_keys), Feed(database), Rooms(socketio)
    reader = Reader(feed, now)
    broadcast = Broadcast(reader, tokens)
    effects = Effects(always=[rooms.show, broadcast.bells.ring], by_kind={})
    committer = Committer(database, now, effects.follow)
    backend = Backend(committer, Puller(feed, tokens), config.secret_keys[-1].encode(), now)
    rx = RxDB(backend, reader, feed, tokens)
    accounts = Accounts(People(database), tokens, backend.leave, rooms.sign_out, now)
    sockets = Sockets(socketio, backend, accounts, feed, Subscriptions(socketio, broadcast))

    endpoints = [
        *verbs(backend),
        *people_endpoints(accounts),
        *reads(feed),
        *command_endpoints(backend),
        *watermelondb_endpoints.endpoints(backend, WatermelonDB(reader, feed, Views(database), now)),
        *rxdb_endpoints.endpoints(rx, broadcast, accounts),
        *rxdb_server_endpoints.endpoints(rx, broadcast, accounts, now),
    ]
    serve(app, endpoints, accounts, now)
    app.register_blueprint(pages(endpoints, database))
    add_commands(app, accounts, database)
    Compress(app)
    if config.allowed_origins:
        CORS(app, origins=list(config.allowed_origins))
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]
    return Parts(app, backend, accounts, sockets, committer, feed)


def wall_clock() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


def create_app(config: Config, database: Mongo) -> Flask:
    """Build the app to serve."""
    return build(config, database, wall_clock).app


def _socketio(app: Flask, config: Config) -> Any:
    """Return python-socketio's server: WebSocket only, each phone's events in order, on our own transport."""
    app.config["COMPRESS_MIMETYPES"] = ["application/json"]  # and no megabytes of scripts
    app.config["COMPRESS_MIN_SIZE"] = 1024
    app.config["COMPRESS_ALGORITHM_STREAMING"] = ["zstd", "br", "gzip", "deflate"]
    app.config["COMPRESS_BR_WINDOW"] = 18  # a larger one keeps the first 9 MB of a stream to itself
    server = SocketIO(
        app,
        async_mode="gevent",
        async_handlers=False,
        transports=["websocket"],
        serializer=TolerantPacket,
        max_http_buffer_size=LARGEST,
        cors_allowed_origins="*" if "*" in config.allowed_origins else list(config.allowed_origins) or None,
        manage_session=False,
    ).server
    engine = server.eio
    engine._async = {**engine._async, "websocket": WebSocket, "queue": Outbox}  # noqa: SLF001 — Engine.IO has no other way in
    return server
