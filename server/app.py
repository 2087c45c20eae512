"""The composition root: every part of Beside is built here, from the parts that were built before it."""

from typing import NamedTuple

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import server.commands  # noqa: F401 — the import registers the commands
from server.accounts.accounts import Accounts
from server.accounts.cursors import ShortCursors
from server.accounts.deletion import AccountDeletion
from server.accounts.devices import Devices
from server.accounts.erasure import Erasing, Erasure, Leaving, Receipts
from server.accounts.parts import AccountParts, account_parts
from server.accounts.suspension import Suspension
from server.accounts.tokens import Tokens
from server.backend import Backend
from server.bus import Bus
from server.bus.valkey import Valkey
from server.cli import add_commands
from server.cli.tools import Tools
from server.commands.context import Clock
from server.concurrency import FairTurns, LimitedPager
from server.config import Config
from server.effects import Effects
from server.effects.live_frames import Rooms
from server.jobs.attendance import Attendance
from server.jobs.batch_matching import BatchMatching
from server.jobs.due_handlers import KINDS, due_handlers
from server.jobs.matchmaking import Matchmaker
from server.jobs.overdue import OverdueWatch
from server.jobs.scheduler import DueSignal, Scheduler
from server.jobs.sealing import SealingOlder
from server.jobs.specialist_index import SpecialistIndex
from server.limits.admission import Admission
from server.limits.disk import DiskSpace, disk_space
from server.limits.pacing import Pacing
from server.limits.under_way import UnderWay
from server.notifications.pending import PendingNotifications
from server.notifications.service import Notifications
from server.notifications.services import push_services
from server.observability.security_log import SecurityLog
from server.queries.crisis_lines import CrisisLines
from server.queries.figures import Figures
from server.queries.moderation import Moderation
from server.queries.operator_lists import OperatorLists
from server.queries.staff_overview import Overview
from server.realtime.change_streams import StreamLimits
from server.realtime.collection_streams import CollectionStreams
from server.realtime.handlers import SocketHandlers
from server.realtime.server import PhoneSocketIO
from server.realtime.subscriptions import Subscriptions
from server.sealing.master_keys import MasterKeys
from server.store.account_lists import AccountLists
from server.store.accounts import AccountStore
from server.store.cursor_views import CursorViews
from server.store.data_keys import DataKeys
from server.store.database import Mongo
from server.store.documents import Records
from server.store.erasures import ErasureStore
from server.store.group_commit import GroupCommit
from server.store.long_cursors import LongCursors
from server.store.migrations import migrate
from server.store.reader import Reader
from server.store.sessions import Sessions
from server.web import rxdb, rxdb_server, watermelondb
from server.web.accounts import account_endpoints
from server.web.app_demo import app_demo
from server.web.app_files import app_files
from server.web.demo import demo_endpoints
from server.web.endpoint import Endpoint
from server.web.flask_app import flask_app
from server.web.operator import operator_endpoints
from server.web.origins import Origins
from server.web.overview import overview as overview_endpoints
from server.web.pages import pages
from server.web.push import push_endpoints
from server.web.recovery import recovery_endpoints
from server.web.routes import serve
from server.web.second_factor import factor_endpoints
from server.web.staff import staff as staff_endpoints
from server.web.sync import commands as command_endpoints
from server.web.sync import reads, verbs
from server.web.trust import trust as trust_endpoints
from sync.client_databases.pager import Pager
from sync.client_databases.rxdb import RxDB
from sync.client_databases.watermelondb import WatermelonDB
from sync.ports import Cursors
from sync.pull import Puller


class Parts(NamedTuple):
    """The built server: the Flask app, and the parts that tests and tools use."""

    app: Flask
    bus: Bus
    backend: Backend
    people: AccountParts
    handlers: SocketHandlers
    group_commit: GroupCommit
    reader: Reader
    scheduler: Scheduler
    matchmaker: Matchmaker
    notifications: Notifications
    disk: DiskSpace

    @property
    def accounts(self) -> Accounts:
        """The accounts, which sign phones in and out."""
        return self.people.accounts


class Base(NamedTuple):
    """The parts that all others use: readers of the store, and connections to phones and to other workers."""

    records: Records
    sessions: Sessions
    reader: Reader
    specialist_index: SpecialistIndex
    account_store: AccountStore
    tokens: Tokens
    cursors: Cursors
    bus: Bus
    socketio: PhoneSocketIO
    rooms: Rooms
    turns: FairTurns
    pager: Pager
    streams: CollectionStreams
    disk: DiskSpace
    admission: Admission
    pacing: Pacing
    security: SecurityLog


def build(config: Config, database: Mongo, now: Clock) -> Parts:
    """Build a server on a database; the pending migrations of the database run first."""
    migrate(database)
    app, secret, origins = flask_app(), config.secret_keys[-1], Origins(config.allowed_origins)
    base = _base(app, config, database, now)
    reader, bus = base.reader, base.bus

    # The effects of a stored change, and the one path that stores changes.
    due, notification_due, pending = DueSignal(now), DueSignal(now), PendingNotifications()
    effects = _effects(base, due, notification_due, pending)
    group_commit = GroupCommit(base.records, base.sessions, bus.worker, now, effects.follow, base.disk.is_low_now)
    backend = _backend(base, group_commit, secret, now)
    people = _people(base, backend, config, now)

    # The parts that work without a request: timers, matching and notifications.
    matchmaker = Matchmaker(backend, reader, base.specialist_index, now)
    batch = BatchMatching(reader, base.specialist_index, matchmaker, now)
    scheduler = _scheduler(database, base, backend, batch, due, people)
    notifications = _notifications(config, base, backend, pending, notification_due)

    # The interfaces for clients: HTTP endpoints and sockets.
    streams = Subscriptions(base.socketio.server, base.streams)
    handlers = SocketHandlers(base.socketio, bus, origins, backend, people.accounts.devices, reader, streams)
    endpoints = [
        *_native_endpoints(backend, people, reader),
        *_staff_and_public_endpoints(base, people, batch, notifications, secret, now),
        *_client_database_endpoints(base, backend, people.accounts.devices, CursorViews(database), now),
    ]
    under_way, push = UnderWay(config.limits.requests_under_way), notifications.services.platforms
    serve(app, endpoints, people.accounts.devices, origins, base.pacing, under_way, base.security, now)
    _add_pages(app, config, pages(endpoints, database, base.disk, push, config.metrics_token, now))
    add_commands(app, Tools(config, lambda: database, now))
    return Parts(
        app, bus, backend, people, handlers, group_commit, reader, scheduler, matchmaker, notifications, base.disk
    )


def _add_pages(app: Flask, config: Config, around_api: Blueprint) -> None:
    """Add the pages around the API, and the web app and its demo if the settings enable them."""
    app.register_blueprint(around_api)
    if config.web_app:
        app.register_blueprint(app_files())
        if config.has_demo:
            app.register_blueprint(app_demo())


def _base(app: Flask, config: Config, database: Mongo, now: Clock) -> Base:
    pacing, disk = Pacing(config.limits), disk_space(config, database)
    sessions, tokens = Sessions(database), Tokens(config.secret_keys, config.access_seconds * 1000)
    records = Records(database, DataKeys(database, MasterKeys(config.master_keys)))
    reader = Reader(records, sessions)
    bus = Valkey(config.bus_url, config.master_keys) if config.bus_url else Bus()
    socketio, turns = PhoneSocketIO(app, config, bus, pacing), FairTurns()
    pager = LimitedPager(reader, now, turns)
    cursors = ShortCursors(tokens, LongCursors(database, now))
    most = StreamLimits(config.limits.streams_per_device, config.limits.streams_per_account)
    streams = CollectionStreams(pager, cursors, bus, most)
    rooms = Rooms(socketio.server, bus)
    if config.trusted_proxies:  # outermost: the limits of WebSockets need the client's address as well
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies)  # type: ignore[method-assign]
    return Base(
        records, sessions, reader, SpecialistIndex(reader, now),
        AccountStore.keeping_handles(database, config.secret_keys[-1], now), tokens, cursors, bus, socketio, rooms,
        turns, pager, streams, disk, Admission(config.limits, disk), pacing, SecurityLog(config.secret_keys[-1]),
    )  # fmt: skip


def _backend(base: Base, group_commit: GroupCommit, secret: str, now: Clock) -> Backend:
    puller = Puller(base.reader, base.cursors)
    return Backend(group_commit, puller, base.turns, base.admission, secret.encode(), base.security, now)


def _effects(base: Base, due: DueSignal, notification_due: DueSignal, pending: PendingNotifications) -> Effects:
    """Return the effects of a stored change, as one table."""
    return Effects(
        first=[base.rooms.admit],
        always=[base.rooms.show, base.streams.signals.notify],
        by_kind={**{kind: [due.notice] for kind in KINDS}, "bell": [notification_due.notice]},
        last=pending.collect,
    )


def _scheduler(
    database: Mongo, base: Base, backend: Backend, batch: BatchMatching, due: DueSignal, people: AccountParts
) -> Scheduler:
    suspension = Suspension(people.accounts.devices, base.account_store, base.reader, backend.now)
    store = ErasureStore(base.records)
    erasing, leaving = Erasing(base.reader, store), Leaving(people.accounts.deletion, base.account_store, store)
    before = {"sanction": suspension.carry_out, "leaving": leaving.carry_out, **erasing.acts}
    acts = due_handlers(backend, batch, base.reader, before)
    attendance = Attendance(database, backend.order, base.disk.is_low_now, backend.now)
    return Scheduler(database, base.reader, backend.now, base.bus.worker, due, acts, attendance=attendance)


def _notifications(
    config: Config, base: Base, backend: Backend, pending: PendingNotifications, due: DueSignal
) -> Notifications:
    database = base.account_store.database
    services = push_services(config.push, database, config.secret_keys, backend.now)
    return Notifications(backend, database, base.reader, base.rooms, pending, due, base.bus.worker, services)


def _people(base: Base, backend: Backend, config: Config, now: Clock) -> AccountParts:
    receipts = Receipts(config.secret_keys[-1], config.backups_kept_days)
    erasure = Erasure(backend, base.reader, ErasureStore(base.records), receipts)
    deletion = AccountDeletion(backend, base.reader, base.specialist_index.supervised_by, erasure)
    return account_parts(
        config, base.account_store, base.tokens, backend, deletion, base.rooms.sign_out, base.admission.require_disk,
        now, security=base.security, keys=base.records.keys,
    )  # fmt: skip


def _native_endpoints(backend: Backend, people: AccountParts, reader: Reader) -> list[Endpoint]:
    accounts = [*account_endpoints(people.accounts, people.oidc, people.factors), *demo_endpoints(people.demo_pairs)]
    ways_in = [*recovery_endpoints(people.recovery_codes, people.links), *factor_endpoints(people.factors)]
    return [*verbs(backend), *accounts, *ways_in, *reads(reader), *command_endpoints(backend)]


def _staff_and_public_endpoints(
    base: Base,
    people: AccountParts,
    batch: BatchMatching,
    notifications: Notifications,
    secret: str,
    now: Clock,
) -> list[Endpoint]:
    overview = Overview(base.reader, base.specialist_index, base.account_store, now)
    lists = OperatorLists(base.reader, base.account_store, AccountLists(base.account_store.database), now)
    return [
        *overview_endpoints(overview, Figures(base.reader, base.specialist_index, now), batch, base.reader),
        *trust_endpoints(base.reader, CrisisLines(secret)),
        *staff_endpoints(Moderation(base.reader, base.account_store)),
        *operator_endpoints(people.administration, lists, people.factors, people.resets),
        *push_endpoints(notifications, now),
    ]


def _client_database_endpoints(
    base: Base, backend: Backend, devices: Devices, views: CursorViews, now: Clock
) -> list[Endpoint]:
    rx = RxDB(backend, base.pager, base.reader, base.cursors)
    return [
        *watermelondb.endpoints(backend, WatermelonDB(base.pager, base.reader, views, now)),
        *rxdb.endpoints(rx, base.streams, devices),
        *rxdb_server.endpoints(rx, base.streams, devices, now),
    ]


def create_app(config: Config, database: Mongo, now: Clock) -> Flask:
    """Build the app to serve; raises UnfitDatabase, whose message says what to do.

    The web server starts the background loops of the app; an operator's command does not.
    """
    parts = build(config, database, now)
    parts.app.extensions["loops"] = (
        parts.bus, parts.scheduler.attendance, parts.scheduler, parts.notifications.scheduler,
        parts.notifications.recovery, parts.disk, parts.people.demo_pairs, OverdueWatch(parts.reader, now),
        SealingOlder(parts.reader.records, parts.bus.worker),
    )  # fmt: skip
    return parts.app
