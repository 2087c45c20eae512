"""The store in memory, on which fast tests rest, keeps what the one on a server does: command by command."""

import itertools

import pytest
import uuid_utils

from server.store.documents import SEALED
from tests import in_memory
from tests.conftest import World
from tests.good import GOOD
from tests.sealed import stored
from tests.trusted import Ready

TABLES = ("records", "spaces", "ledger", "users")


def told(mongo, name, monkeypatch):
    """Return (outcome, all that is stored) after a command in a new world, whose ids are given out in order."""
    numbers = itertools.count()
    monkeypatch.setattr(uuid_utils, "uuid7", lambda *_: f"01a20000-0000-7000-8000-{next(numbers):012x}")
    world = World(mongo)
    sam, ann = world.phone(world.person("sam", "specialist")), world.phone(world.person("ann"))
    phone, args = Ready(world, ann, sam, world.paired(sam, ann)).to(name)
    outcome = phone.do(name, **args)
    rows = {table: sorted(mongo[table].find({}), key=lambda row: row["_id"]) for table in TABLES}
    parts = [{purpose: len(parts) for purpose, parts in row.get(SEALED, {}).items()} for row in rows["records"]]
    rows |= {"records": stored(mongo), "parts": parts, "keys": mongo["keys"].count_documents({})}
    for row in rows["ledger"]:
        assert row.pop("by"), "each worker has a name of its own"
    return outcome, rows


@pytest.mark.parametrize("name", GOOD)
def test_a_command_leaves_the_same_in_memory_as_on_a_server(mongo, monkeypatch, name):
    assert told(mongo, name, monkeypatch) == told(in_memory.database(), name, monkeypatch)
