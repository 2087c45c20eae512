"""A world whose database fails as a test says, through a proxy; the timeouts of the world are short."""

import uuid

import pytest
from pymongo import MongoClient, common

from server.effects import Effects
from server.store import group_commit, sessions, transaction
from server.store.database import database
from tests.conftest import World
from tests.faults.wire_proxy import WireProxy

SOON = 1.2  # seconds after which the server gives up: enough for what succeeds on a busy machine


@pytest.fixture(scope="module")
def proxy(mongodb):
    proxy = WireProxy(mongodb)
    yield proxy
    proxy.stop()


@pytest.fixture
def world(proxy, client, followed, monkeypatch):
    """Return a world whose database can lose its answers. Timeouts are short; each collection has its own command."""
    monkeypatch.setattr(transaction, "FEW", 0)
    monkeypatch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.005)
    monkeypatch.setattr(sessions, "LONGEST_TRANSACTION", SOON)
    monkeypatch.setattr(group_commit, "PATIENCE", SOON)
    name = f"test_{uuid.uuid4().hex[:12]}"
    with MongoClient(proxy.uri, timeoutMS=2000) as behind:
        yield World(database(behind, name))
    proxy.heal()
    client.drop_database(name)


@pytest.fixture
def followed(monkeypatch):
    """Return the ids of the records whose effects have run."""
    ids, follow = [], Effects.follow

    def noting(effects, stored):
        ids.extend(record.id for changed, _ in stored for record in changed)
        follow(effects, stored)

    monkeypatch.setattr(Effects, "follow", noting)
    return ids


def sends(ann, pair, name):
    message = ann.does("message.send", space=pair, id=name, text="hello", origin="person")
    return ann.transport.call("mutate", message)
