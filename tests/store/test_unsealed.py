"""What an older version has stored is sealed in the background, while everything goes on; keys are wrapped anew."""

from dataclasses import replace

import pytest

from schemas.content import CONTENT
from schemas.errors import TryLater
from server.commands.states import without
from server.jobs.sealing import LEASE, LEASE_NAME, SealingOlder
from server.sealing.master_keys import MasterKeys
from server.sealing.parts import Owner, writer
from server.store import leases, unsealed
from server.store.data_keys import NAMES, DataKeys
from server.store.documents import SEALED, Records
from sync.record import private
from tests.sealed import MASTER_KEY, decoded, push_tokens, records_of
from tests.trusted import Ready

NEXT = b"the next master key, of 32 bytes"


@pytest.fixture
def older(world, sam, ann, pair):
    """Return what was stored, {key: record}, in a database as the version before has left it: nothing is sealed."""
    Ready(world, ann, sam, pair).live()
    records = decoded(world.mongo, world.mongo.records.find({}))
    for row in list(world.mongo.records.find({SEALED: {"$exists": True}})):
        [record] = decoded(world.mongo, [row])
        hidden = {name: value for name, value in record.hidden.items() if name != "writers"}
        clear = {"data": dict(record.data), "hidden": hidden}
        world.mongo.records.update_one({"_id": row["_id"]}, {"$set": clear, "$unset": {SEALED: ""}})
    world.mongo["keys"].delete_many({})
    world.mongo.migrations.delete_one({"_id": NAMES})
    world.mongo.migrations.update_one(
        {"_id": unsealed.PROGRESS}, {"$set": {"after": "", "is_done": False}}, upsert=True
    )
    world.restarted()
    return {record.key: record for record in records}


def said(record):
    """Return a record, and who wrote what in it."""
    content = CONTENT.get(record.kind)
    fields = content.data | content.hidden if content is not None else set()
    writers = {field: writer(record, field) for field in fields & (record.data.keys() | record.hidden.keys())}
    return replace(record, hidden=without(record.hidden, "writers")), writers


def in_the_clear(world):
    """Return what lies in the database unsealed that has content."""
    records = records_of(world.mongo)
    rows = list(world.mongo.records.find({SEALED: {"$exists": False}, "deleted": {"$exists": False}}))
    return [row["_id"] for row in rows if SEALED in records.encode(decoded(world.mongo, [row]))[0]]


def test_everything_is_sealed_and_comes_back_as_it_was(world, older):
    assert len(in_the_clear(world)) > 30, "need something to seal for this to mean anything"
    assert SealingOlder(records_of(world.mongo), "worker").run()
    assert in_the_clear(world) == []
    found = {record.key: record for record in decoded(world.mongo, world.mongo.records.find({}))}
    assert {key: said(record) for key, record in found.items()} == {key: said(record) for key, record in older.items()}
    assert SealingOlder(records_of(world.mongo), "another").run(), "nothing is left to do"


def test_it_goes_on_where_it_was_stopped(world, older, monkeypatch):
    monkeypatch.setattr(unsealed, "SPACES_AT_ONCE", 1)
    first = unsealed.seal(records_of(world.mongo))
    for _ in range(3):
        done, spaces = next(first)
    first.close()
    assert 3 == done < spaces
    left = len(in_the_clear(world))
    assert left
    assert next(unsealed.seal(records_of(world.mongo))).done == done + 1
    assert not unsealed.is_done(world.mongo)
    list(unsealed.seal(records_of(world.mongo)))
    assert unsealed.is_done(world.mongo)
    assert in_the_clear(world) == []


def test_what_is_changed_meanwhile_is_not_set_back(world, sam, ann, pair, older, monkeypatch):
    encode, meanwhile = Records.encode, []

    def changed(records, some):
        if not meanwhile:
            meanwhile.append(None)
            assert ann.do("message.send", space=pair, id="between", text="between", origin="person")["ok"]
            assert ann.do("message.edit", space=pair, id="mx", text="edited meanwhile")["ok"]
        return encode(records, some)

    assert ann.do("message.send", space=pair, id="mx", text="first", origin="person")["ok"]
    records = records_of(world.mongo)
    with monkeypatch.context() as patch:
        patch.setattr(Records, "encode", changed)
        SealingOlder(records, "worker").run()
    ann.pull()
    assert ann.texts(pair)[-2:] == ["edited meanwhile", "between"]


def test_only_one_worker_does_it(world, older):
    assert leases.take(world.mongo, LEASE_NAME, "another", LEASE)
    assert not SealingOlder(records_of(world.mongo), "worker").run()
    assert in_the_clear(world)


def test_push_tokens_are_sealed_too(world, ann, older):
    world.mongo.devices.insert_one(
        {"_id": "d1", "user": ann.user, "push_token": "CANARY", "push_platform": "fcm", "push_at": 5}
    )
    assert [row["push_token"] for row in push_tokens(world.mongo).of_user(ann.user)] == ["CANARY"]
    SealingOlder(records_of(world.mongo), "worker").run()
    assert "CANARY" not in repr(list(world.mongo.devices.find()))
    assert [row["push_token"] for row in push_tokens(world.mongo).of_user(ann.user)] == ["CANARY"]
    push_tokens(world.mongo).forget("CANARY")
    assert push_tokens(world.mongo).of_user(ann.user) == []


def keys(world, *master_keys):
    return DataKeys(world.mongo, MasterKeys(master_keys))


def test_keys_are_wrapped_by_the_next_master_key_and_the_former_can_go(world, ann, sam, pair):
    Ready(world, ann, sam, pair).live()
    stored = decoded(world.mongo, world.mongo.records.find({}))
    assert list(keys(world, NEXT, MASTER_KEY).rewrap())
    anew = Records(world.mongo, keys(world, NEXT))
    assert anew.decode(world.mongo.records.find({})) == stored
    with pytest.raises(TryLater):
        records_of(world.mongo).decode(world.mongo.records.find({"kind": "message"}))


def test_wrapping_that_was_killed_goes_on_and_everything_can_be_read_meanwhile(world, ann, sam, pair):
    Ready(world, ann, sam, pair).live()
    stored = decoded(world.mongo, world.mongo.records.find({}))
    wrapping = keys(world, NEXT, MASTER_KEY).rewrap()
    for _ in range(3):
        next(wrapping)
    wrapping.close()
    both = Records(world.mongo, keys(world, NEXT, MASTER_KEY))
    assert both.decode(world.mongo.records.find({})) == stored
    list(keys(world, NEXT, MASTER_KEY).rewrap())
    assert Records(world.mongo, keys(world, NEXT)).decode(world.mongo.records.find({})) == stored


def test_a_key_that_is_destroyed_while_it_is_wrapped_stays_destroyed(world, ann):
    ann.do("note.put", id="n1", body="x")
    both, unwrap = MasterKeys([NEXT, MASTER_KEY]), MasterKeys.unwrap
    data_keys = DataKeys(world.mongo, both)

    def meanwhile(master_keys, sealed, about):
        plain = unwrap(master_keys, sealed, about)
        keys(world, NEXT, MASTER_KEY).destroy([owner_of(ann)])
        return plain

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(both, "unwrap", lambda sealed, about: meanwhile(both, sealed, about), raising=False)
        list(data_keys.rewrap())
    row = world.mongo["keys"].find_one({"_id": data_keys.id_of(owner_of(ann))})
    assert "wrapped" not in row


def owner_of(phone):
    return Owner(phone.user, private(phone.user))
