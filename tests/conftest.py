"""Fixtures: a real database server for every test run, a world of phones in this process, and a running server.

Named people: sam is a specialist, ann and bob are peers, eve is a stranger.
"""

import fcntl
import gc
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pymongo import MongoClient

from schemas.agreement import AGREED
from schemas.errors import IdTaken
from server.accounts.factor_settings import FactorSettings
from server.accounts.tokens import Tokens, new_refresh
from server.accounts.tokens import hashed as hashed_token
from server.app import build
from server.commands.context import Caller
from server.config import Config
from server.embedded_database.client import Embedded
from server.jobs.scheduler import LEASE
from server.limits.settings import PREFIX, Limits
from server.notifications.push_settings import PushSettings
from server.store.accounts import AccountStore
from server.store.database import Document, Mongo, database
from sync.clock import DAY
from tests import in_memory
from tests.client.remote import Driver, Remote
from tests.phone import Phone, Transport, Wire
from tests.quick import (
    CHEAP,
    add_routes_when_asked,
    hash_cheaply,
    keep_files_in_memory,
    lay_out,
    remember_routes,
    remember_tls,
)
from tests.sealed import MASTER_KEY, MASTER_KEYS
from tests.transports import Direct, Http, Socket
from tests.waiting import PATIENCE

pytest_plugins = ["tests.browser"]
ROOT = Path(__file__).parent.parent
PASSPHRASE = "correct horse battery"
HASHED = CHEAP.hash(PASSPHRASE)  # a running server verifies it quickly, too: a hash names its cost
START = 1_795_352_768_209  # ms: when every world begins
SELDOM = (20_000, 20, 20)  # new objects between two collections, and collections between two of what has survived
UNHURRIED = (
    "mutations_at_once",
    "requests_at_once",
    "requests_under_way",
    "reports_per_day",
    "requests_per_day",
)  # limits that are off in tests, which are faster than any person
CONFIG = Config(
    data_dir=Path("data"),
    mongodb_uri=None,
    secret_keys=("a-key-for-tests-only-of-40-characters-ok",),
    allowed_origins=(),
    trusted_proxies=0,
    log_level="INFO",
    limits=replace(Limits(), **dict.fromkeys(UNHURRIED, 0)),
    factors=FactorSettings("localhost", ("http://localhost:5000",)),
    push=PushSettings(is_recorded=True),
    master_keys=(MASTER_KEY,),
    demo="on",
)

settings.register_profile(
    "here", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("here")


@pytest.hookimpl(tryfirst=True)  # before pytest makes its own directory
def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary files in memory. The workers of pytest-xdist inherit the directory from the main process."""
    if not hasattr(config, "workerinput"):
        keep_files_in_memory(config)


def pytest_collection_finish() -> None:
    """Collect garbage less often from now on, and never scan the imported objects, which stay anyway."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


@pytest.fixture(scope="session", autouse=True)
def _quick_and_patient() -> Iterator[None]:
    """Build worlds quickly, and raise the product's timeouts in this process, because the machine may be busy.

    They limit the waits for a push provider, for a commit, for a turn to build a page, and for a run of the timers.
    """
    with pytest.MonkeyPatch.context() as patch:
        remember_routes(patch)
        add_routes_when_asked(patch)
        remember_tls(patch)
        hash_cheaply(patch)
        in_memory.look_up(patch)
        in_memory.commit_without_transactions(patch)
        in_memory.read_without_sessions(patch)
        in_memory.take_leases(patch)
        in_memory.attend(patch)
        for module in ("notifications.sender", "store.group_commit", "concurrency"):
            patch.setattr(f"server.{module}.PATIENCE", PATIENCE)
        patch.setattr("server.jobs.scheduler.RUN", PATIENCE)
        yield


@pytest.fixture(scope="session")
def mongodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URI of a real server: the one in MONGODB_URI, or an embedded one of our own."""
    given = os.environ.get("MONGODB_URI")
    if given is not None:
        yield given
        return
    embedded = Embedded(tmp_path_factory.mktemp("data"))
    yield embedded.uri
    embedded.stop()


@pytest.fixture(scope="session")
def client(mongodb: str) -> Iterator[MongoClient[Document]]:
    with MongoClient(mongodb, timeoutMS=60_000) as client:
        yield client


@pytest.fixture
def mongo_on_a_server(client: MongoClient[Document]) -> Iterator[Mongo]:
    """Return an empty database on the server."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield database(client, name)
    client.drop_database(name)


@pytest.fixture
def mongo(request: pytest.FixtureRequest) -> Mongo:
    """Return an empty database: on the server, or in memory where a test is marked `in_memory`.

    Tests of decisions, and of which user is shown which record, run in memory; tests of storage on the server.
    """
    if request.node.get_closest_marker("in_memory"):
        return in_memory.database()
    on_a_server: Mongo = request.getfixturevalue("mongo_on_a_server")
    return on_a_server


class World:
    """A server in this process, its users, and a clock that only the test moves."""

    def __init__(self, mongo: Mongo) -> None:
        self.mongo = mongo
        self.time = START
        lay_out(mongo)
        self.parts = build(CONFIG, mongo, lambda: self.time)

    def restarted(self) -> None:
        """Replace the worker by a new one, which has nothing cached and the same database."""
        self.parts = build(CONFIG, self.mongo, lambda: self.time)

    def wait(self, ms: int) -> None:
        """Let time pass, and with it the leases."""
        self.time += ms
        if ms >= LEASE:
            self.end_leases()

    def end_leases(self) -> None:
        """Remove all leases: they expire by the database's clock, not by the world's."""
        for name in ("timers", "pushes"):
            self.mongo.leases.find_one_and_delete({"_id": name})

    def person(self, name: str, role: str = "peer", *, certified: bool = True) -> Caller:
        """Make an account, and return its caller. Specialists are certified, and supervised by vera."""
        AccountStore(self.mongo).add(f"id-{name}", name, "unusable", role, self.time)
        if role == "specialist" and certified:
            self.certify(name)
        return Caller(f"id-{name}", f"phone-of-{name}", role)

    def certify(self, name: str, supervisor: str | None = "vera") -> None:
        """Let an operator certify a specialist for a year from now, with a supervisor."""
        with suppress(IdTaken):
            AccountStore(self.mongo).add("id-vera", "vera", "unusable", "supervisor", self.time)
        operator = self.phone(Caller("id-programme", "phone-of-the-programme", "operator"))
        until = self.time + 365 * DAY
        outcome = operator.do("specialist.certify", specialist=name, supervisor=supervisor, until=until)
        assert outcome["ok"], outcome

    def phone(self, caller: Caller, device: str | None = None) -> Phone:
        """Return a phone of somebody."""
        caller = Caller(caller.user, device or caller.device, caller.role)
        return Phone(Direct(self.parts, caller), caller.user, caller.device, lambda: self.time)

    def paired(self, specialist: Phone, peer: Phone) -> str:
        """Pair two people and return their space."""
        invited = specialist.do("pairing.invite", name="Sam")
        joined = peer.do("pairing.join", agreement=AGREED, code=invited["changes"][0]["data"]["code"], name="Ann")
        assert joined["ok"], joined
        specialist.sync()
        peer.sync()
        return joined["changes"][0]["space"]


@pytest.fixture
def world(mongo: Mongo) -> World:
    return World(mongo)


@pytest.fixture
def sam(world: World) -> Phone:
    return world.phone(world.person("sam", "specialist"))


@pytest.fixture
def ann(world: World) -> Phone:
    return world.phone(world.person("ann"))


@pytest.fixture
def bob(world: World) -> Phone:
    return world.phone(world.person("bob"))


@pytest.fixture
def eve(world: World) -> Phone:
    return world.phone(world.person("eve"))


@pytest.fixture
def pair(world: World, sam: Phone, ann: Phone) -> str:
    """Return the space of sam and ann."""
    return world.paired(sam, ann)


MOST_LOGGED = 1 << 20  # bytes that a server may log before it is read


class Running:
    """A server running as it does for people: gunicorn, gevent, real sockets."""

    def __init__(self, mongo: Mongo | None, app: str = "wsgi:app", **environment: str | None) -> None:
        self.mongo = mongo  # None: it starts an embedded database of its own
        own = {name: value for name, value in os.environ.items() if name != "MONGODB_URI"}
        unhurried = {PREFIX + name.upper(): "0" for name in UNHURRIED}
        keys = {"SECRET_KEYS": CONFIG.secret_keys[0], "MASTER_KEYS": MASTER_KEYS}
        given = {**own, **unhurried, "PORT": "0", **keys, **environment}
        variables = {name: value for name, value in given.items() if value is not None}
        self.process = subprocess.Popen(
            [Path(sys.executable).parent / "gunicorn", app],
            cwd=ROOT,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if self.process.stderr is not None:  # what it logs is read at its end: a full pipe would stop it
            fcntl.fcntl(self.process.stderr, fcntl.F_SETPIPE_SZ, MOST_LOGGED)
        self.address = self._address()
        self.programme: Wire = {}  # an operator and a supervisor, once there is a specialist

    def _address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            found = re.search(r"Beside is at (http://\S+),", line)
            if found:
                return found[1]
        _, errors = self.process.communicate()
        raise AssertionError(errors)

    def user(self, role: str = "peer") -> Wire:
        """Return the tokens of a new user; specialists are certified.

        The account is made in the database: signing up is limited, and slow on purpose.
        """
        assert self.mongo is not None
        user = str(uuid.uuid4())
        handle = f"{role}-{user}"[:40]
        AccountStore(self.mongo).add(user, handle, HASHED, role, _now())
        if role == "specialist":
            self._certify(handle)
        return self.device({"user": user, "role": role, "handle": handle})

    def _certify(self, handle: str) -> None:
        self.programme = self.programme or {role: self.user(role) for role in ("operator", "supervisor")}
        args = {"supervisor": self.programme["supervisor"]["handle"], "until": _now() + 365 * DAY}
        with closing(Http(self.address, self.device(self.programme["operator"])["access_token"])) as http:
            outcome = Phone(http, now=_now).do("specialist.certify", specialist=handle, **args)
        assert outcome["ok"], outcome

    def device(self, user: Wire) -> Wire:
        """Return the tokens of another phone of somebody."""
        assert self.mongo is not None
        people, device, refresh = AccountStore(self.mongo), str(uuid.uuid4()), new_refresh()
        people.add_device(device, user["user"], "phone", _now())
        people.add_token(hashed_token(refresh), device, _now())
        access, expires = Tokens(CONFIG.secret_keys).access(Caller(user["user"], device, user["role"]), _now())
        tokens = {"access_token": access, "refresh_token": refresh, "expires_at": expires}
        return {**user, "device": device, **tokens}

    def stop(self) -> str:
        """Stop the server in good order and return what it logged."""
        self.process.terminate()
        _, errors = self.process.communicate(timeout=PATIENCE)
        return errors


def _now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture(scope="session")
def server(mongodb: str, client: MongoClient[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a running server, shared by the tests of one worker."""
    path, _, query = mongodb.partition("?")
    name = f"test_{uuid.uuid4().hex[:12]}"
    uri = f"{path.rstrip('/')}/{name}?{query}"
    running = Running(
        database(client, name), MONGODB_URI=uri, DATA_DIR=str(tmp_path_factory.mktemp("server")), LOG_LEVEL="ERROR"
    )
    yield running
    running.stop()
    client.drop_database(name)


@pytest.fixture
def online(server: Running) -> Iterator[Callable[..., Any]]:
    """Return a function that gives a phone on the running server, by HTTP, with its tokens as `.tokens`."""
    opened: list[Http] = []

    def make(role: str = "peer", tokens: Wire | None = None) -> Any:
        tokens = tokens or server.user(role)
        transport: Transport = Http(server.address, tokens["access_token"])
        opened.append(transport)
        phone = Phone(transport, tokens["user"], tokens["device"], _now)
        phone.tokens = tokens
        return phone

    yield make
    for http in opened:
        http.close()


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    """Return the process that holds the phones of @beside/client of all tests of one worker."""
    running = Driver()
    yield running
    running.end()


@pytest.fixture
def beside(server: Running, driver: Driver) -> Callable[[Any], Remote]:
    """Return a function that gives somebody another phone on the running server, one of @beside/client."""

    def make(phone: Any) -> Remote:
        tokens = server.device(phone.tokens)
        signed_in = {"accessToken": tokens["access_token"], "refreshToken": tokens["refresh_token"]}
        http = Http(server.address)
        how = {"address": server.address, "tokens": signed_in}
        return Remote(driver, http, tokens["user"], tokens["device"], _now, **how)

    return make


@pytest.fixture
def connect(server: Running) -> Iterator[Callable[..., Socket]]:
    """Return a function that connects a phone, or bare tokens, by Socket.IO."""
    opened: list[Socket] = []

    def make(tokens: Wire, phone: Phone | None = None) -> Socket:
        socket = Socket(server.address, tokens["access_token"], phone)
        opened.append(socket)
        return socket

    yield make
    for socket in opened:
        socket.close()
