"""Step 17 of the migrations: positions that were in the spaces of pairings become their users' own."""

import json
from dataclasses import replace

import pytest

from server.store import layout, migrations, private_positions, transaction, unsealed
from server.store.migrations import migrate
from server.store.pending import PendingMutation
from sync.clock import Stamp
from sync.record import Record, private
from tests.phone import Phone
from tests.sealed import lay_open
from tests.trust.scene import WM, asking, rows, send


def store(world, records):
    """Let records be stored as those of the version before were."""
    mutation = f"older|{records[0].key}"
    world.parts.group_commit.run([PendingMutation(mutation, "", "test", lambda _: records)])


@pytest.fixture
def older(world, sam, ann, pair, monkeypatch):
    """Let a database be as the version before has left it: ann has read, and sam has received, in a shared space."""
    for number in range(3):
        assert send(sam, pair, f"m{number}", "hello")["ok"]
    ann.sync()
    members = {phone.user: phone.spaces()[pair] for phone in (sam, ann)}
    data = {ann.user: {"delivered": 6, "read": 5}, sam.user: {"delivered": 3}}
    records = [
        Record(members[user], "position", pair, members[user], seqs, dict.fromkeys(seqs, Stamp(world.time, 0, "d")))
        for user, seqs in data.items()
    ]
    store(world, [*records, replace(records[0], id="nobody")])
    world.mongo.migrations.delete_many({"_id": {"$in": [*range(17, 100), unsealed.PROGRESS]}})
    lay_open(world.mongo)
    layout.raise_to(world.mongo, 1)
    monkeypatch.setattr(migrations, "LONGEST_TRANSACTION", 0)
    monkeypatch.setattr(private_positions, "PAUSE", 0)
    return members


def test_a_position_is_its_users_own_and_nobody_else_has_it_any_more(world, sam, ann, pair, older):
    layout.raise_to(world.mongo, layout.LAYOUT)
    sam.pull(), ann.pull()
    assert {one["id"] for one in sam.records("position", pair)} == {*older.values(), "nobody"}
    elsewhere = {"where": "pair:x", "delivered": 1}  # so that there is a row, and a checkpoint behind it
    store(world, [Record("pair.x", "position", private(one.user), one.user, elsewhere) for one in (sam, ann)])
    layout.raise_to(world.mongo, 1)
    asks = {phone.user: asking(world, phone) for phone in (sam, ann)}
    before = {user: json.loads(ask(WM))["timestamp"] for user, ask in asks.items()}
    places = {user: rows(ask, "position")["checkpoint"] for user, ask in asks.items()}
    migrate(world.mongo)
    assert layout.stored(world.mongo) == layout.LAYOUT
    fresh: dict[str, Phone] = {phone.user: world.phone(phone.transport.caller, "new") for phone in (sam, ann)}
    for phone in (sam, ann, *fresh.values()):
        phone.sync()
    assert (ann.position(pair), ann.unread(pair)) == ({"delivered": 6, "read": 5}, 2)
    assert sam.position(pair) == {"delivered": 3}
    assert world.mongo.records.count_documents({"kind": "position", "stamps": {"$exists": True}}) == 0
    for phone in (sam, ann):
        assert phone.records("position", pair) == []
        assert {one["id"]: one["data"] for one in phone.records("receipt", pair)} == {
            older[ann.user]: {"delivered": 6},
            older[sam.user]: {"delivered": 3},
        }
        assert fresh[phone.user].position(pair) == phone.position(pair)
        changed = json.loads(asks[phone.user](f"{WM}?last_pulled_at={before[phone.user]}"))["changes"]
        documents = rows(asks[phone.user], "position", places[phone.user])["documents"]
        assert set(changed["position"]["deleted"]) == {*older.values(), "nobody"}
        assert {one["id"] for one in documents if one["_deleted"]} == {*older.values(), "nobody"}
        for kept in (changed["position"]["updated"], [one for one in documents if not one["_deleted"]]):
            assert [(one["id"], one["where"]) for one in kept] == [(pair.replace(":", "."), pair)]
    assert ann.do("position.read", space=pair, seq=6)["ok"]
    assert ann.position(pair) == {"delivered": 6, "read": 6}
    assert world.parts.reader.unread(ann.user, {pair: older[ann.user]})[pair].messages == 1


def test_a_step_that_was_cut_off_goes_on_and_a_space_in_use_is_tried_again(world, sam, ann, pair, older, monkeypatch):
    """Each change has a place of its own in the order of its space, whoever else writes there."""
    stored, tries = transaction.store, []

    def meanwhile(records, change_set, sessions):
        tries.append(change_set)
        if len(tries) == 1:
            world.mongo.spaces.update_one({"_id": pair}, {"$inc": {"head": 1}})
        if len(tries) == 2:
            raise RuntimeError("the power is cut")
        stored(records, change_set, sessions)

    monkeypatch.setattr(transaction, "store", meanwhile)
    with pytest.raises(RuntimeError):
        private_positions.move(world.mongo)
    assert world.mongo.records.count_documents({"space": pair, "kind": "position", "deleted": True}) == 0
    for _ in range(2):
        private_positions.move(world.mongo)
    assert len(tries) == 3, "the second time nothing is left to do"
    assert world.mongo.records.count_documents({"space": pair, "kind": "position", "deleted": True}) == 3
    seqs = [row["seq"] for row in world.mongo.records.find({"space": pair})]
    assert len(set(seqs)) == len(seqs)
    assert max(seqs) == world.mongo.spaces.find_one({"_id": pair})["head"]


def test_in_a_pairing_that_has_ended_no_receipt_is_made(world, sam, ann, pair, older):
    layout.raise_to(world.mongo, layout.LAYOUT)
    assert ann.do("block.set", space=pair)["ok"]
    lay_open(world.mongo)
    layout.raise_to(world.mongo, 1)
    migrate(world.mongo)
    sam.sync(), ann.sync()
    assert sam.records("receipt") == []
    assert sam.position(pair) == {"delivered": 3}
    assert ann.do("block.lift", space=pair)["ok"]
    ann.sync()
    assert (ann.position(pair), ann.records("receipt")) == ({"delivered": 6, "read": 5}, [])


def test_nothing_is_stored_for_a_user_whose_account_has_been_removed(world, sam, ann, pair, older):
    """Their pairings have ended, and their private space is no more: it must not begin again."""
    layout.raise_to(world.mongo, layout.LAYOUT)
    world.parts.accounts.remove_confirmed(ann.transport.caller)
    lay_open(world.mongo)
    layout.raise_to(world.mongo, 1)
    migrate(world.mongo)
    left = [row["space"] for row in world.mongo.records.find({}) if row["space"].endswith(f":{ann.user}")]
    assert [space for space in left if space.startswith(("user:", "rows:", "later:"))] == []
    assert world.mongo.records.count_documents({"space": pair, "kind": "position", "deleted": True}) == 3
    sam.sync()
    assert sam.position(pair) == {"delivered": 3}
