"""Beside: the whole object graph on one screen."""

import time
import uuid
from typing import NamedTuple

from flask import Flask
from flask_compress import Compress
from flask_cors import CORS
from werkzeug.middleware.proxy_fix import ProxyFix

import server.commands  # noqa: F401 — registers them
from server.accounts import Accounts
from server.acts import KINDS, acts
from server.adapters import rxdb_endpoints, rxdb_server_endpoints, watermelondb_endpoints
from server.adapters.broadcast import Broadcast
from server.adapters.reader import Reader
from server.adapters.rxdb import RxDB
from server.adapters.subscriptions import Subscriptions
from server.adapters.watermelondb import WatermelonDB
from server.backend import Backend
from server.batch import Batch
from server.cli import add_commands
from server.command import Clock
from server.config import Config
from server.departures import Departures
from server.effects import Effects
from server.effects.realtime import Rooms
from server.matchmaker import Matchmaker
from server.overview import Overview
from server.pulling import Puller
from server.realtime.engine import socketio_server
from server.realtime.sockets import Sockets
from server.roster import Roster
from server.store.commit import Committer
from server.store.database import Mongo
from server.store.feed import Feed
from server.store.migrations import migrate
from server.store.people import People
from server.store.views import Views
from server.timers import Timers
from server.tokens import Tokens
from server.web.overview import overview as overview_endpoints
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
    timers: Timers
    matchmaker: Matchmaker


def build(config: Config, database: Mongo, now: Clock) -> Parts:
    """Build a server on a database, which is brought up to date first."""
    migrate(database)
    app = Flask("beside", static_folder=None)
    socketio = socketio_server(app, config)
    tokens, feed, rooms = Tokens(config.secret_keys), Feed(database), Rooms(socketio)
    reader, timers = Reader(feed, now), Timers(database, feed, now, str(uuid.uuid4()))
    broadcast = Broadcast(reader, tokens)
    timed = {kind: [timers.call] for kind in KINDS}
    effects = Effects([rooms.admit], [rooms.show, broadcast.bells.ring], timed)
    committer = Committer(database, now, effects.follow)
    backend = Backend(committer, Puller(feed, tokens), config.secret_keys[-1].encode(), now)
    roster, people = Roster(feed, now), People(database)
    matchmaker = Matchmaker(backend, feed, roster, now)
    batch = Batch(feed, roster, matchmaker, now)
    timers.acts = acts(backend, batch)
    rx = RxDB(backend, reader, feed, tokens)
    accounts = Accounts(people, tokens, Departures(backend, feed, roster).leave, rooms.sign_out, now)
    sockets = Sockets(socketio, backend, accounts, feed, Subscriptions(socketio, broadcast))

    endpoints = [
        *verbs(backend),
        *people_endpoints(accounts),
        *reads(feed),
        *command_endpoints(backend),
        *overview_endpoints(Overview(feed, roster, people, now), batch, feed),
        *watermelondb_endpoints.endpoints(backend, WatermelonDB(reader, feed, Views(database), now)),
        *rxdb_endpoints.endpoints(rx, broadcast, accounts),
        *rxdb_server_endpoints.endpoints(rx, broadcast, accounts, now),
    ]
    serve(app, endpoints, accounts, now)
    app.register_blueprint(pages(endpoints, database))
    add_commands(app, accounts, backend, batch, roster, database)
    _web(app, config)
    return Parts(app, backend, accounts, sockets, committer, feed, timers, matchmaker)


def _web(app: Flask, config: Config) -> None:
    """Set up what lies between the app and the world: compression, other origins, proxies."""
    Compress(app)
    if config.allowed_origins:
        CORS(app, origins=list(config.allowed_origins))
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]


def wall_clock() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


def create_app(config: Config, database: Mongo) -> Flask:
    """Build the app to serve. Its timers are started by the server that serves it: no command of an operator does."""
    parts = build(config, database, wall_clock)
    parts.app.extensions["timers"] = parts.timers
    return parts.app
