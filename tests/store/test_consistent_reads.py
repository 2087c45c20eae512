"""Every read that moves a cursor, or that a decision rests on, sees at least what the reads before it saw.

The database is told so with each read: on a sharded cluster, and after an election, reads without it may go back.
"""

import itertools

import pytest

from tests.http_app import App
from tests.store.listening import listener, world  # noqa: F401 — fixtures

# ruff: noqa: F811

RXDB, MELON = "adapters/rxdb/message", "adapters/watermelondb/sync?last_pulled_at="


@pytest.fixture
def app(world, sam, ann, pair):
    """Return an app on a worker that has nothing in its memory, and a space with three messages."""
    for number in range(3):
        assert sam.do("message.send", space=pair, id=f"m{number}", text="hello", origin="person")["ok"]
    world.restarted()
    return App(world, ann)


def assert_ordered(listener):
    """Assert that each read of records or heads is told the time of the answer before it."""
    reads = [one for one in listener.of("find") if one.body["find"] in {"records", "spaces"}]
    assert len(reads) > 1
    assert {one.body["readConcern"]["level"] for one in reads} == {"majority"}
    for before, one in itertools.pairwise(reads):
        after = one.body["readConcern"].get("afterClusterTime")
        assert after is not None, f"a read of {one.body['find']} may be older than the one before it"
        assert after >= before.answered_at


def document(pair, name, assumed=None, **fields):
    new = {"id": name, "space": pair, "text": "mine", "origin": "person", "sent_at": 0, "_deleted": False, **fields}
    return {"newDocumentState": new, **({"assumedMasterState": {**new, **assumed}} if assumed else {})}


@pytest.mark.parametrize(
    "ask",
    [
        lambda app, _: app.call("pull?limit=100"),
        lambda app, _: app.call("pull", {"cursor": None, "limit": 2}),
        lambda app, _: app.call("sync", {"mutations": [], "cursor": None}),
        lambda app, pair: app.call(f"spaces/{pair}/history?before=99"),
        lambda app, pair: app.call(f"spaces/{pair}/path"),
        lambda app, _: app.call("spaces"),
        lambda app, _: app.call(f"{RXDB}/pull", {"checkpoint": None, "batchSize": 100}),
        lambda app, pair: app.call(f"{RXDB}/push", [document(pair, "m9")]),
        lambda app, pair: app.call(f"{RXDB}/push", [document(pair, "m1", {"text": "never seen"})]),
        lambda app, _: app.call(f"{MELON}0"),
        lambda app, _: app.call(f"{MELON}0", {"note": {"created": [{"id": "n1", "title": "A"}]}}),
    ],
    ids=["GET pull", "pull", "sync", "history", "path", "spaces", "RxDB pull", "RxDB push", "conflict", "Melon pull",
         "Melon push"],
)  # fmt: skip
def test_the_reads_of_a_request_go_forwards_only(app, listener, pair, ask):
    listener.sent.clear()
    ask(app, pair)
    assert_ordered(listener)


def test_so_do_the_reads_of_a_decision(app, ann, world, listener, pair):
    """The first one is told the time of what this worker has stored before: it knows the space as of then."""
    ann = world.phone(ann.transport.caller)
    assert ann.do("message.send", space=pair, id="m4", text="hello", origin="person")["ok"]
    [stored_at] = [one.answered_at for one in listener.of("commitTransaction")[-1:]]
    listener.sent.clear()
    assert ann.do("message.edit", space=pair, id="m1", text="not mine")["ok"] is False
    assert ann.do("message.edit", space=pair, id="m4", text="mine")["ok"]
    first = next(one for one in listener.of("find") if one.body["find"] in {"records", "spaces"})
    assert first.body["readConcern"]["afterClusterTime"] >= stored_at


def test_so_do_the_reads_of_the_index_of_specialists(world, sam, listener):
    world.restarted()
    listener.sent.clear()
    world.parts.matchmaker.specialist_index.pool()
    assert_ordered(listener)


def test_a_client_is_told_to_start_over_only_if_that_is_proven(app, listener, pair):
    """A position past the head may be of a server that is gone: the head is read again, after a write for sure."""
    page = app.call("pull", {"cursor": None, "limit": 100})
    app.world.mongo.spaces.update_one({"_id": pair}, {"$inc": {"head": -1}})  # as after a restore
    listener.sent.clear()
    assert app.call("pull", {"cursor": page["cursor"], "limit": 100})["reset"] == [pair]
    heads = [at for at, one in enumerate(listener.sent) if one.name == "find" and one.body["find"] == "spaces"]
    writes = [at for at, one in enumerate(listener.sent) if one.name == "update" and one.body["update"] == "spaces"]
    assert heads[0] < writes[0] < heads[-1]
    assert listener.sent[writes[0]].body["writeConcern"] == {"w": "majority", "j": True}
    assert listener.sent[heads[-1]].body["readConcern"]["afterClusterTime"] >= listener.sent[writes[0]].answered_at


@pytest.mark.parametrize("library", ["RxDB", "WatermelonDB"])
def test_so_are_client_databases(app, library, pair):
    """The head is behind once, as it may be just after an election, and then where it was."""
    if library == "RxDB":
        checkpoint = app.call(f"{RXDB}/pull", {"checkpoint": None, "batchSize": 100})["checkpoint"]
    else:
        last = app.call(f"{MELON}0")["timestamp"]
    reader = app.world.parts.reader
    extents = reader.extents

    def behind(spaces):
        reader.extents = extents
        return {space: extent._replace(head=extent.head - 1) for space, extent in extents(spaces).items()}

    reader.extents = behind
    if library == "RxDB":
        assert app.call(f"{RXDB}/pull", {"checkpoint": checkpoint, "batchSize": 100})["documents"] == []
    else:
        assert "experimentalStrategy" not in app.call(f"{MELON}{last}")
    assert reader.extents == extents, "it was read"


def test_nothing_of_a_session_outlives_its_block(world, app, listener):
    app.call("pull", {"cursor": None, "limit": 100})
    listener.sent.clear()
    world.mongo.leases.find_one({"_id": "none"})
    [alone] = listener.of("find")
    assert "afterClusterTime" not in alone.body["readConcern"]
