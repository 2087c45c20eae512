"""Fixtures: sam and ann, paired by native phones on a running server, and means to change its store directly."""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from schemas.agreement import AGREED
from server.app import Parts, build
from server.store.pending import PendingMutation
from sync.record import Key, private
from tests.adapters.documented import documented
from tests.adapters.program import Program
from tests.adapters.rxdb import Bare
from tests.adapters.watermelondb import App, Raw
from tests.conftest import CONFIG
from tests.phone import Wire


@pytest.fixture
def sam(online):
    return online("specialist")


@pytest.fixture
def ann(online):
    return online()


@pytest.fixture
def space(sam, ann) -> str:
    """Return the space of sam and ann."""
    return paired(sam, ann)


def paired(specialist, peer) -> str:
    """Pair two people and return their space."""
    code = specialist.do("pairing.invite", name="Sam")["changes"][0]["data"]["code"]
    space = peer.do("pairing.join", agreement=AGREED, code=code, name="Ann")["changes"][0]["space"]
    specialist.sync()
    peer.sync()
    return space


@pytest.fixture
def parts(server) -> Parts:
    """Return a second server on the database of the running one."""
    return build(CONFIG, server.mongo, lambda: time.time_ns() // 1_000_000)


@pytest.fixture
def revoke(parts) -> Callable[..., None]:
    """Return a function that deletes a phone's membership of a space, which no command does."""

    def remove(phone, space: str) -> None:
        key = Key(private(phone.user), "membership", space.replace(":", "."))
        parts.group_commit.run(
            [PendingMutation(f"{phone.user}|gone", "", "test", lambda draft: [draft.get(key).tombstone()])]
        )

    return remove


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Return a function that starts a program of tests/clients, which ends with the test."""
    started: list[Program] = []

    def start(script: str, *arguments: str) -> Program:
        started.append(Program(script, *arguments))
        return started[-1]

    yield start
    for running in started:
        running.end()


@pytest.fixture(scope="session")
def watermelon() -> Iterator[Program]:
    """Return the program that runs the WatermelonDB databases of all tests of one worker."""
    running = Program("watermelondb.mjs", documented("watermelondb", "sync.mjs").parent)
    yield running
    running.end()


@pytest.fixture(scope="session")
def tables(server) -> Wire:
    """Return the schema for WatermelonDB, which the server gives to a build without signing in."""
    answer = httpx.get(f"{server.address}/api/v1/adapters/watermelondb/schema", timeout=30)
    return answer.raise_for_status().json()


@pytest.fixture
def app(server, watermelon, tables) -> Iterator[Callable[..., App]]:
    """Return a function that installs the app for a phone. In the end WatermelonDB must have no complaints."""

    def install(phone, **how: Any) -> App:
        return App(watermelon, str(uuid.uuid4()), server.address, phone.tokens, **{"schema": tables, **how})

    yield install
    assert watermelon.do("complaints") == []


@pytest.fixture
def raw(server, tables) -> Iterator[Callable[..., Raw]]:
    """Return a function that opens a phone's raw connection to the endpoints for WatermelonDB."""
    opened: list[Raw] = []

    def make(phone) -> Raw:
        opened.append(Raw(server.address, phone.tokens["access_token"], tables))
        return opened[-1]

    yield make
    for way in opened:
        way.http.close()


@pytest.fixture
def bare(server) -> Iterator[Callable[..., Bare]]:
    """Return a function that opens a phone's raw connection to the endpoints for RxDB."""
    opened: list[Bare] = []

    def make(phone: Any) -> Bare:
        opened.append(Bare(server.address, phone.tokens["access_token"]))
        return opened[-1]

    yield make
    for wire in opened:
        wire.close()


@pytest.fixture
def bare_ann(raw, ann, space) -> Raw:
    """Return ann's raw connection to the endpoints for WatermelonDB; she is paired with sam."""
    return raw(ann)


@pytest.fixture
def last(bare_ann) -> int:
    """Return the cursor of ann's last pull."""
    return bare_ann.pull()["timestamp"]


@pytest.fixture
def anns(app, ann, space) -> App:
    """Return ann's app, synced; she is paired with sam."""
    return synced(app(ann))


@pytest.fixture
def sams(app, sam, space) -> App:
    """Return sam's app, synced."""
    return synced(app(sam))


def synced(app: App) -> App:
    app.sync()
    return app
