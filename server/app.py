"""Beside: the whole object graph on one screen."""

import time
from typing import NamedTuple

from flask import Flask
from flask_compress import Compress
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
from server.bus import Bus
from server.bus.valkey import Valkey
from server.cases import Cases
from server.cli import add_commands
from server.command import Clock
from server.config import Config
from server.departures import Departures
from server.effects import Effects
from server.effects.realtime import Rooms
from server.lines import Lines
from server.matchmaker import Matchmaker
from server.notify.service import Notices
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
from server.web.origins import Origins
from server.web.overview import overview as overview_endpoints
from server.web.pages import pages
from server.web.people import people as people_endpoints
from server.web.routes import serve
from server.web.staff import staff as staff_endpoints
from server.web.trust import trust as trust_endpoints
from server.web.verbs import commands as command_endpoints
from server.web.verbs import reads, verbs


class Parts(NamedTuple):
    """What was built: the app to serve, and the parts that tests and tools talk to."""

    app: Flask
    bus: Bus
    backend: Backend
    accounts: Accounts
    sockets: Sockets
    committer: Committer
    feed: Feed
    timers: Timers
    matchmaker: Matchmaker
    notices: Notices


def build(config: Config, database: Mongo, now: Clock) -> Parts:
    """Build a server on a database, which is brought up to date first."""
    migrate(database)
    app, bus = _web(config), Valkey(config.bus_url) if config.bus_url else Bus()
    socketio = socketio_server(app, config, bus)
    tokens, feed, people, rooms = Tokens(config.secret_keys), Feed(database), People(database), Rooms(socketio, bus)
    reader, roster, timers = Reader(feed, now), Roster(feed, now), Timers(database, feed, now, bus.worker)
    broadcast, notices = Broadcast(reader, tokens, bus), Notices(database, feed, rooms, now, bus.worker)
    timed = {**{kind: [timers.call] for kind in KINDS}, "bell": [notices.pushes.call]}
    effects = Effects([rooms.admit], [rooms.show, broadcast.bells.ring], timed, notices.bells.hear)
    committer, lines = Committer(database, now, effects.follow), Lines(config.secret_keys[-1])
    backend = Backend(committer, Puller(feed, tokens), config.secret_keys[-1].encode(), now)
    notices.serve(backend)
    matchmaker = Matchmaker(backend, feed, roster, now)
    batch = Batch(feed, roster, matchmaker, now)
    timers.acts = acts(backend, batch, feed)
    rx, cases = RxDB(backend, reader, feed, tokens), Cases(feed, people)
    accounts = Accounts(people, tokens, Departures(backend, feed, roster).leave, rooms.sign_out, now)
    sockets = Sockets(socketio, bus, backend, accounts, feed, Subscriptions(socketio, broadcast))
    endpoints = [
        *verbs(backend),
        *people_endpoints(accounts),
        *reads(feed),
        *command_endpoints(backend),
        *overview_endpoints(Overview(feed, roster, people, now), batch, feed),
        *trust_endpoints(feed, people, lines),
        *staff_endpoints(cases),
        *watermelondb_endpoints.endpoints(backend, WatermelonDB(reader, feed, Views(database), now)),
        *rxdb_endpoints.endpoints(rx, broadcast, accounts),
        *rxdb_server_endpoints.endpoints(rx, broadcast, accounts, now),
    ]
    serve(app, endpoints, accounts, now)
    app.register_blueprint(pages(endpoints, database, config.metrics_token))
    add_commands(app, accounts, backend, batch, roster, database)
    return Parts(app, bus, backend, accounts, sockets, committer, feed, timers, matchmaker, notices)


def _web(config: Config) -> Flask:
    """Return an app with what lies between it and the world: compression, web apps of other origins, proxies."""
    app = Flask("beside", static_folder=None)
    Compress(app)
    Origins(config.allowed_origins).serve(app)
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]
    return app


def wall_clock() -> int:
    """Return the time in ms since the epoch."""
    return time.time_ns() // 1_000_000


def create_app(config: Config, database: Mongo) -> Flask:
    """Build the app to serve. Its timers are started by the server that serves it: no command of an operator does."""
    parts = build(config, database, wall_clock)
    parts.app.extensions["loops"] = (parts.bus, parts.timers, parts.notices.pushes, parts.notices.heart)
    return parts.app
