"""A commit whose answer never comes is stored or not, and what follows it is done exactly if it is."""

import math

import pytest

from schemas.errors import TryLater
from tests.faults.wire_errors import error
from tests.http_app import App
from tests.store.failing import followed, proxy, sends, world  # noqa: F401 — fixtures

# ruff: noqa: F811

COMMIT = "commitTransaction"


def test_what_turns_out_to_be_stored_is_shown_though_nobody_asks_again(world, proxy, ann, pair, followed):
    proxy.lose_answer(COMMIT, math.inf)
    assert sends(ann, pair, "m1")["error"]["code"] == TryLater.code
    proxy.heal()
    followed.clear()
    world.parts.notifications.recovery.beat()
    assert followed == ["m1"]
    world.parts.notifications.recovery.beat()
    assert followed == ["m1"], "once"
    assert ann.push()[0]["ok"]
    assert followed == ["m1"], "it is found in the ledger, and known to be shown"


def test_before_anything_else_of_the_space_is_shown(world, proxy, sam, ann, pair, followed):
    proxy.lose_answer(COMMIT, math.inf)
    sends(ann, pair, "m1")
    proxy.heal()
    followed.clear()
    assert sends(sam, pair, "m2")["ok"]
    assert followed == ["m1", "m2"]


def test_what_turns_out_not_to_be_stored_is_not_shown(world, proxy, ann, pair, followed):
    proxy.lose_answer(COMMIT, math.inf, done=False)
    assert sends(ann, pair, "m1")["error"]["code"] == TryLater.code
    proxy.heal()
    followed.clear()
    world.parts.notifications.recovery.beat()
    assert followed == []
    assert ann.push()[0]["ok"]
    assert followed == ["m1"]


def test_no_heartbeat_says_that_all_is_enqueued_while_that_is_not_known(world, proxy, ann, pair):
    recovery = world.parts.notifications.recovery
    proxy.lose_answer(COMMIT, math.inf)
    sends(ann, pair, "m1")
    proxy.heal()
    fault = proxy.answer("update", error(11600), math.inf, lambda body: body["update"] == "ledger")
    before = list(world.mongo.leases.find({"_id": {"$regex": "^heart:"}}))
    world.time += 60_000
    with pytest.raises(Exception, match="11600"):
        recovery.beat()
    assert fault.left == math.inf
    assert list(world.mongo.leases.find({"_id": {"$regex": "^heart:"}})) == before


def test_an_answer_that_comes_at_the_second_try_is_an_answer(world, proxy, ann, pair, followed):
    """The database says that it knows of no such transaction, as one does that has crashed after it stored it."""
    fault = proxy.answer(COMMIT, error(251), 1, done=True)
    followed.clear()
    assert sends(ann, pair, "m1")["ok"]
    assert fault.left == 0
    assert followed == ["m1"]


def test_a_push_of_a_client_database_is_shown_as_well(world, proxy, ann, pair, followed):
    """Its commands have no ids that are sent again: the second push finds that nothing is left to do."""
    app = App(world, ann)
    rows = {
        "message": {
            "created": [{"id": "m1", "space": pair, "text": "hello", "origin": "person", "sent_at": world.time}]
        }
    }
    proxy.lose_answer(COMMIT, math.inf)
    assert app.answer("adapters/watermelondb/sync?last_pulled_at=0", rows).status_code == 503
    proxy.heal()
    followed.clear()
    assert app.answer("adapters/watermelondb/sync?last_pulled_at=0", rows).status_code == 200
    [name] = [row["id"] for row in world.mongo.records.find({"kind": "message"})]
    assert name in followed


def test_what_a_worker_stored_and_did_not_show_before_it_died_is_shown_when_it_is_sent_again(
    world, ann, pair, followed
):
    message = ann.does("message.send", space=pair, id="m1", text="hello", origin="person")
    assert ann.transport.call("mutate", message)["ok"]
    followed.clear()
    assert ann.transport.call("mutate", message)["ok"]
    assert followed == [], "this worker knows that it has shown it"
    world.restarted()
    ann.transport.parts = world.parts
    assert ann.transport.call("mutate", message)["ok"]
    assert followed == ["m1"]
    world.time += 3_600_000
    world.restarted()
    ann.transport.parts = world.parts
    assert ann.transport.call("mutate", message)["ok"]
    assert followed == ["m1"], "long ago"


@pytest.fixture
def kills(world, proxy):
    """Return a function that gives the commands by which sessions were killed since the test began."""
    before = len(proxy.seen("killSessions"))
    return lambda: proxy.seen("killSessions")[before:]


def test_only_sessions_that_pymongo_gives_up_are_killed_and_once(kills, proxy, ann, pair):
    assert sends(ann, pair, "m1")["ok"]
    proxy.answer("insert", error(50), 1, lambda body: "autocommit" in body)
    sends(ann, pair, "m2")
    assert sends(ann, pair, "m3")["ok"]
    assert kills() == [], "the database has answered: the session is used again"
    proxy.lose_answer("insert", 1, lambda body: "autocommit" in body, done=False)
    sends(ann, pair, "m4")
    for number in range(5, 8):
        assert sends(ann, pair, f"m{number}")["ok"]
    [killed] = kills()
    [lsid] = killed.body["killSessions"]
    later = [one for one in proxy.commands[proxy.commands.index(killed) :] if one.lsid == lsid]
    assert later == []


def test_a_conflict_lets_them_be_killed_once_more(kills, proxy, ann, pair):
    """A command that was cut off may have begun its transaction after the kill, and holds what it writes."""
    proxy.lose_answer("insert", 1, lambda body: "autocommit" in body, done=False)
    sends(ann, pair, "m1")
    assert sends(ann, pair, "m2")["ok"]
    assert len(kills()) == 1
    proxy.answer("insert", error(112), 1, lambda body: "autocommit" in body)
    assert sends(ann, pair, "m3")["ok"]
    assert len(kills()) == 2


def test_and_so_does_a_heartbeat_for_the_sake_of_other_workers(world, kills, proxy, ann, pair):
    """The other workers meet the conflicts, and do not know the session."""
    recovery = world.parts.notifications.recovery
    recovery.beat()
    assert kills() == []
    proxy.lose_answer("insert", 1, lambda body: "autocommit" in body, done=False)
    sends(ann, pair, "m1")
    assert sends(ann, pair, "m2")["ok"]
    [first] = kills()
    recovery.beat()
    [_, again] = kills()
    assert again.body["killSessions"] == first.body["killSessions"]
