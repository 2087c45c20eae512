"""Beside: the whole object graph on one screen."""

import time
from typing import NamedTuple

from flask import Flask
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

import server.commands  # noqa: F401 — registers them
from server.accounts.accounts import Accounts
from server.accounts.deletion import Departures
from server.accounts.tokens import Tokens
from server.backend import Backend
from server.bus import Bus
from server.bus.valkey import Valkey
from server.cli import add_commands
from server.commands.context import Clock
from server.config import Config
from server.effects import Effects
from server.effects.live_frames import Rooms
from server.jobs.batch_matching import Batch
from server.jobs.due_handlers import KINDS, acts
from server.jobs.matchmaking import Matchmaker
from server.jobs.scheduler import Timers
from server.jobs.specialist_index import Roster
from server.notifications.service import Notices
from server.queries.crisis_lines import Lines
from server.queries.moderation import Cases
from server.queries.staff_overview import Overview
from server.realtime.collection_streams import Broadcast
from server.realtime.handlers import Sockets
from server.realtime.server import socketio_server
from server.realtime.subscriptions import Subscriptions
from server.store.accounts import People
from server.store.cursor_views import Views
from server.store.database import Mongo
from server.store.group_commit import Committer
from server.store.migrations import migrate
from server.store.reader import Feed
from server.web import rxdb, rxdb_server, watermelondb
from server.web.accounts import people as people_endpoints
from server.web.origins import Origins
from server.web.overview import overview as overview_endpoints
from server.web.pages import pages
from server.web.routes import serve
from server.web.staff import staff as staff_endpoints
from server.web.sync import commands as command_endpoints
from server.web.sync import reads, verbs
from server.web.trust import trust as trust_endpoints
from sync.client_databases.pager import Reader
from sync.client_databases.rxdb import RxDB
from sync.client_databases.watermelondb import WatermelonDB
from sync.pull_pages import Puller


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
        *watermelondb.endpoints(backend, WatermelonDB(reader, feed, Views(database), now)),
        *rxdb.endpoints(rx, broadcast, accounts),
        *rxdb_server.endpoints(rx, broadcast, accounts, now),
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
