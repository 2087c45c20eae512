"""Quotas: how much there may be in one space; what is deleted makes room."""

from dataclasses import replace

import pytest

from server.app import build
from server.limits.settings import Limits
from sync.record import weight
from tests.conftest import CONFIG
from tests.sealed import decoded
from tests.trusted import Ready


@pytest.fixture
def small(world):
    """Let there be three records of a kind in a space, and 1 MB."""
    limits = replace(Limits(), records_per_kind=3, megabytes_per_space=1, mutations_at_once=0)
    world.parts = build(replace(CONFIG, limits=limits), world.mongo, lambda: world.time)
    return world


def put(phone, number):
    return phone.do("note.put", id=f"n{number}", title="x")


def test_a_full_space_takes_no_new_record_and_names_the_limit(small):
    ann = small.phone(small.person("ann"))
    assert all(put(ann, number)["ok"] for number in range(3))
    error = put(ann, 3)["error"]
    assert error["code"] == "too_large"
    assert error["details"] == {"field": "records_per_kind", "kind": "note", "space": f"user:{ann.user}", "limit": 3}
    assert put(ann, 2)["ok"], "one that is there can be changed"
    assert ann.do("note.delete", id="n0")["ok"]
    assert put(ann, 4)["ok"], "what was deleted makes room"
    assert put(ann, 5)["error"]["code"] == "too_large"


def test_what_is_counted_is_stored_with_the_head(small):
    """Another worker, and one that has read the space before, count the same."""
    ann = small.phone(small.person("ann"))
    for number in range(3):
        put(ann, number)
    small.parts = build(small_config(), small.mongo, lambda: small.time)
    ann = small.phone(ann.transport.caller)
    assert put(ann, 7)["error"]["code"] == "too_large"
    row = small.mongo.spaces.find_one({"_id": f"user:{ann.user}"})
    assert row["usage"]["note"][0] == 3


def small_config():
    return replace(CONFIG, limits=replace(Limits(), records_per_kind=3, mutations_at_once=0))


def test_the_size_of_a_space_is_limited(small, sam, ann, pair):
    sam, ann = (small.phone(phone.transport.caller) for phone in (sam, ann))
    sent = 0
    while ann.do("message.send", space=pair, id=f"m{sent}", text="x" * 4000, origin="person")["ok"]:
        sent += 1
        assert sent < 400
    assert 200 < sent < 260, "messages are limited by their size, not by their number"
    error = ann.do("message.send", space=pair, id="more", text="x", origin="person")["error"]
    assert (error["code"], error["details"]["field"]) == ("too_large", "megabytes_per_space")
    assert ann.do("message.delete", space=pair, id="m0")["ok"]
    assert ann.do("message.delete", space=pair, id="m1")["ok"]
    assert ann.do("message.send", space=pair, id="again", text="x", origin="person")["ok"]


def test_what_is_counted_is_what_there_is(world, sam, ann, pair):
    """After many different changes, each space counts the records and characters that it holds."""
    ready = Ready(world, ann, sam, pair)
    ready.live()
    ann.do("message.send", space=pair, id="long", text="x" * 500, origin="person")
    ann.do("message.edit", space=pair, id="long", text="short")
    ann.do("note.put", id="gone", body="x" * 500)
    ann.do("note.delete", id="gone")
    rows = list(world.mongo.spaces.find())
    assert len(rows) > 4
    for row in rows:
        found = {}
        for document in world.mongo.records.find({"space": row["_id"]}):
            [record] = decoded(world.mongo, [document])
            records, characters = found.get(record.kind, (0, 0))
            if not record.deleted:
                found[record.kind] = (records + 1, characters + weight(record.data))
        counted = {kind: tuple(one) for kind, one in row["usage"].items() if one != [0, 0]}
        assert counted == found, row["_id"]
        assert row["counted"] == row["head"]


def test_what_an_older_version_has_stored_is_not_taken_for_read(world, sam, ann, pair):
    """During a rolling upgrade a worker moves the head that does not know which message is the newest."""
    ann.do("message.send", space=pair, id="m1", text="x", origin="person")
    members = {pair: sam.spaces()[pair]}
    assert world.parts.reader.unread(sam.user, members)[pair].messages == 1
    world.mongo.spaces.update_one({"_id": pair}, {"$set": {"said": 0}, "$inc": {"head": 1}})
    assert world.parts.reader.unread(sam.user, members)[pair].messages == 1
    world.parts = build(CONFIG, world.mongo, lambda: world.time)
    world.phone(ann.transport.caller).do("strength.notice", space=pair, id="g1", text="You stayed.")
    assert world.mongo.spaces.find_one({"_id": pair})["said"] is None, "not known, until there is a newer one"


def test_the_first_unread_message_costs_no_search_of_spaces_that_are_read(small, sam, ann, pair):
    """The row of a space says which message is its newest."""
    small.phone(ann.transport.caller).do("message.send", space=pair, id="m1", text="x", origin="person")
    row = small.mongo.spaces.find_one({"_id": pair})
    message = small.mongo.records.find_one({"space": pair, "kind": "message"})
    assert row["said"] == message["first_seq"]
