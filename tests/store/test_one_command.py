"""A commit of few writes is one command and its end; a large one, or to an older server, is one for each collection."""

from types import SimpleNamespace

import pytest

from server.store import transaction
from tests.store.failing import followed, proxy, sends, world  # noqa: F401 — fixtures

# ruff: noqa: F811

FEW = transaction.FEW  # the world of these tests sends nothing together, unless a test says so
BY_COLLECTION = ["insert", "update", "insert", "commitTransaction"]


@pytest.fixture
def commands(monkeypatch, proxy, ann, pair):
    """Return a function that lets somebody send a message, and returns the names of the commands that store it."""
    assert sends(ann, pair, "first")["ok"]
    monkeypatch.setattr(transaction, "FEW", FEW)

    def stored(name):
        before = len(proxy.commands)
        assert sends(ann, pair, name)["ok"]
        return [one.name for one in proxy.commands[before:] if "autocommit" in one.body]

    return stored


def test_a_message_is_stored_by_one_command(commands):
    assert commands("m1") == ["bulkWrite", "commitTransaction"]


def test_more_writes_than_a_few_are_sent_by_collection(commands, monkeypatch):
    monkeypatch.setattr(transaction, "FEW", 2)
    assert commands("m1") == BY_COLLECTION


@pytest.mark.parametrize("version", [21, None])
def test_a_server_that_is_older_or_not_known_is_sent_them_by_collection(commands, world, monkeypatch, version):
    described = SimpleNamespace(common_wire_version=version)
    client = SimpleNamespace(topology_description=described)
    few = [{"insert": "ledger", "documents": [{}]}]
    assert transaction._is_one_command(world.mongo, few)
    assert not transaction._is_one_command(SimpleNamespace(client=client), few)
    monkeypatch.setattr(transaction, "TOGETHER", 1000)
    assert commands("m1") == BY_COLLECTION


def test_an_id_that_is_taken_is_found_out_by_the_one_command(commands, proxy, ann, pair):
    """The optimistic attempt stores nothing of it; the second one sees the message, and refuses."""
    assert commands("m1") == ["bulkWrite", "commitTransaction"]
    again = ann.does("message.send", space=pair, id="m1", text="another", origin="person")
    outcome = ann.transport.call("mutate", again)
    assert outcome["error"]["code"] == "id_taken"
    assert commands("m2") == ["bulkWrite", "commitTransaction"]
