"""Positions and receipts are decided once: a decision that only reads a shared space leaves its cache as it is."""

import pytest

from server.store.group_commit import GroupDecisions
from sync.clock import MINUTE
from tests import in_memory
from tests.trust.scene import send


@pytest.fixture
def mongo():
    return in_memory.database()


@pytest.fixture
def decisions(monkeypatch):
    """Return a list that gets an entry for each group that is decided."""
    decided, found = GroupDecisions._decided, []

    def counted(self, group, *, optimistic):
        found.append(optimistic)
        return decided(self, group, optimistic=optimistic)

    monkeypatch.setattr(GroupDecisions, "_decided", counted)
    return found


def test_a_message_its_delivery_and_its_receipt_are_each_decided_once(world, sam, ann, pair, decisions):
    for number in range(3):
        decisions.clear()
        assert send(sam, pair, f"m{number}", "hello")["ok"]
        assert decisions == [True], "the message"
        ann.sync()
        decisions.clear()
        last = ann.records("message", pair)[-1]["first_seq"]
        for name in ("position.delivered", "position.read", "position.delivered"):
            assert ann.do(name, space=pair, seq=last)["ok"]
        assert decisions == [True] * 3, "what has arrived, what is read, and what is nothing new"
        decisions.clear()
        world.wait(3 * MINUTE)
        world.end_leases()
        assert world.parts.scheduler.run() == 1
        assert decisions == [True], "the receipt"


def test_positions_that_are_due_together_are_shown_by_one_commit(world, sam, ann, pair, decisions):
    assert send(sam, pair, "m1", "hello")["ok"]
    assert send(ann, pair, "m2", "hello")["ok"]
    for phone in (sam, ann):
        phone.sync()
        assert phone.do("position.delivered", space=pair, seq=6)["ok"]
    world.wait(3 * MINUTE)
    world.end_leases()
    decisions.clear()
    assert world.parts.scheduler.run() == 2
    assert decisions == [True]
    sam.sync()
    assert [one["data"] for one in sam.records("receipt", pair)] == [{"delivered": 6}] * 2
    assert world.mongo.records.count_documents({"kind": "position", "due": {"$gt": 0}}) == 0


def test_a_decision_on_a_space_that_another_worker_has_changed_sees_the_change(world, sam, ann, pair, decisions):
    """What is cached of an observed space holds only as long as its head is the cached one."""
    assert send(sam, pair, "m1", "hello")["ok"]
    ann.sync()
    assert ann.do("position.read", space=pair, seq=1)["ok"]
    world.wait(3 * MINUTE)
    world.parts.scheduler.run()
    here = world.parts
    world.restarted()
    sam.transport.parts = world.parts
    last = send(sam, pair, "m2", "hello")["changes"][0]["seq"]
    assert sam.do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    assert ann.transport.parts is here
    decisions.clear()
    assert ann.do("position.read", space=pair, seq=last)["ok"]
    assert decisions == [True]
    [position] = world.mongo.records.find({"kind": "position", "space": f"user:{ann.user}"})
    assert (position["data"]["read"], position.get("due")) == (last, None), (
        "of a pairing that has ended nothing is shown"
    )
