"""What is answered is stored for good: every write, and every commit, waits for a majority and for its journal."""

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from server.store.database import database
from tests.conftest import PASSPHRASE, World

DURABLE = {"w": "majority", "j": True}
WRITES = {"insert", "update", "delete", "findAndModify"}


class Sent(CommandListener):
    """The commands that were sent to the database, as they were sent."""

    def __init__(self):
        self.commands = []

    def started(self, event):
        self.commands.append((event.command_name, dict(event.command)))

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


@pytest.fixture
def sent():
    return Sent()


@pytest.fixture
def world(mongodb, mongo, sent):
    """Return a world whose database tells what it is asked, from the first migration on."""
    with MongoClient(mongodb, timeoutMS=20_000, event_listeners=[sent]) as client:
        yield World(database(client, mongo.name))


@pytest.fixture
def told(world, sam, ann, pair, sent):
    """Return what was sent while people signed in and out, wrote, and one of them left."""
    accounts = world.parts.accounts
    tokens = accounts.register({"handle": "zoe", "passphrase": PASSPHRASE, "device": "tab"}, "10.0.0.1")
    accounts.devices.refresh({"refresh_token": tokens["refresh_token"]}, "10.0.0.1")
    caller = accounts.devices.caller(tokens["access_token"])
    assert ann.do("message.send", space=pair, id="m1", text="hello", origin="person")["ok"]
    assert ann.do("message.edit", space=pair, id="m1", text="hello again")["ok"]
    world.parts.scheduler.run()
    accounts.remove(caller, PASSPHRASE)
    return sent.commands


def test_every_commit_says_that_it_waits_for_a_majority_and_the_journal(told):
    commits = [command for name, command in told if name == "commitTransaction"]
    assert len(commits) >= 4
    assert [command.get("writeConcern") for command in commits] == [DURABLE] * len(commits)


def test_every_write_outside_of_a_transaction_says_so_too(told):
    alone = [(name, command) for name, command in told if name in WRITES and "autocommit" not in command]
    assert {name for name, _ in alone} >= {"insert", "update", "delete"}
    assert [name for name, command in alone if command.get("writeConcern") != DURABLE] == []


def test_every_read_that_moves_a_cursor_is_of_what_a_majority_has(told):
    reads = [command for name, command in told if name in {"find", "aggregate"} and "records" in command.values()]
    assert reads
    assert {command.get("readConcern", {}).get("level") for command in reads} == {"majority"}
