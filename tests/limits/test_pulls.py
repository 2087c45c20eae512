"""Pulls: a first pull reads no more than a page, however much there is; and everything arrives all the same."""

from dataclasses import replace

import pytest

from server.accounts.tokens import Tokens
from server.store.accounts import AccountStore
from server.store.documents import Records
from server.store.spaces import SpaceRow
from sync import pull
from sync.record import Record, private
from tests.conftest import CONFIG
from tests.sealed import decoded, encoded, reseal

MANY = 3000


@pytest.fixture
def ann(world):
    """Return somebody with very many records that are neither messages nor notes."""
    phone = world.phone(world.person("ann"))
    space = private(phone.user)
    records = [
        Record(f"c{seq}", "checkin", space, phone.user, {"text": "x" * 300}, seq=seq, first_seq=seq)
        for seq in range(1, MANY + 1)
    ]
    world.mongo.records.insert_many(encoded(world.mongo, records))
    world.mongo.spaces.insert_one(SpaceRow(MANY, 0).document(space))
    return phone


def test_a_page_reads_no_more_than_a_page(ann, monkeypatch):
    read, changes = [], Records.changes

    def opened(records, rows):
        found = changes(records, rows)
        read.extend(found)
        return found

    monkeypatch.setattr(Records, "changes", opened)
    page = ann.transport.call("pull", {"limit": 100})
    assert len(page["changes"]) == 100
    assert page["more"]
    weight = 500  # characters of one of these records on the wire
    assert len(read) <= pull.WEIGHT / weight + pull.WINDOW + 100, "a page to find that it is too much, and this page"


def test_all_of_it_arrives_once(ann):
    ann.pull()
    assert len(ann.records("checkin")) == MANY


def test_a_record_that_changes_while_the_space_is_read_is_not_lost(world, ann, monkeypatch):
    """A page is as of the head when it was begun; what changed since comes with the next."""
    monkeypatch.setattr(pull, "WEIGHT", 10**9)
    monkeypatch.setattr(pull, "WINDOW", 50)
    reads = [0]
    lasting = world.parts.reader.lasting

    def changing(space, after, until, limit):
        found = lasting(space, after, until, limit)
        reads[0] += 1
        if reads[0] == 2:
            row = world.mongo.records.find_one({"space": space, "first_seq": MANY - 5})
            [record] = decoded(world.mongo, [row])
            reseal(world.mongo, replace(record, seq=MANY + 1, data={**record.data, "text": "changed"}))
            world.mongo.spaces.update_one({"_id": space}, {"$set": {"head": MANY + 1}})
        return found

    monkeypatch.setattr(world.parts.reader, "lasting", changing)
    ann.pull()
    assert len(ann.records("checkin")) == MANY - 1
    ann.pull()
    assert len(ann.records("checkin")) == MANY
    [changed] = [record for record in ann.records("checkin") if record["data"]["text"] == "changed"]
    assert changed["first_seq"] == MANY - 5


def test_a_client_database_that_is_missing_little_costs_one_read_of_each_space(world, monkeypatch):
    ann, sam = world.phone(world.person("ann")), world.phone(world.person("sam", "specialist"))
    space = world.paired(sam, ann)
    sam.do("message.send", space=space, id="m1", text="hello", origin="person")
    sam.do("message.send", space=space, id="m2", text="again", origin="person")
    caller, reader = ann.transport.caller, world.parts.reader
    AccountStore(world.mongo).add_device(caller.device, caller.user, "phone", world.time)
    token, _ = Tokens(CONFIG.secret_keys).access(caller, world.time)
    reads: list[str] = []
    for name in ("after", "of_kind"):
        read = getattr(reader, name)
        monkeypatch.setattr(reader, name, lambda *what, name=name, read=read: reads.append(name) or read(*what))
    asked = world.parts.app.test_client().get(
        "/api/v1/adapters/watermelondb/sync", headers={"Authorization": f"Bearer {token}"}
    )
    rows = asked.get_json()["changes"]
    assert {row["text"] for row in rows["message"]["updated"]} == {"hello", "again"}
    assert len(rows["membership"]["updated"]) == 1
    assert reads == ["after", "after"], "her own space, and that of the pairing"
