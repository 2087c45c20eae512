"""Migrations on a database that is not empty, not there yet, or of another version."""

import threading
import time
from types import SimpleNamespace
from unicodedata import normalize

import pytest

from schemas.errors import IdTaken, TryLater
from server.store import layout, leases, ledger, migrations, transaction
from server.store.accounts import AccountStore
from server.store.migrations import MIGRATIONS, Migration, migrate, pending
from server.store.sessions import LONGEST_TRANSACTION
from server.store.topology import UnfitDatabase
from tests.store.listening import listener, world  # noqa: F401 — fixtures
from tests.waiting import until

# ruff: noqa: F811

A_DAY = 24 * 3_600_000  # ms


def note(phone, name):
    """Let a phone put a note, and return the outcome, whichever it is."""
    return phone.transport.call("mutate", phone.does("note.put", id=name, title="A note"))


def test_migrations_are_done_once(mongo):
    assert pending(mongo) == MIGRATIONS
    migrate(mongo)
    assert pending(mongo) == []
    migrate(mongo)
    assert layout.stored(mongo) == layout.LAYOUT


def test_an_index_may_take_as_long_as_it_takes(world, listener):
    """A database server ends an index build whose client has set a limit for an ordinary call."""
    world.mongo.migrations.delete_many({})
    listener.sent.clear()
    migrate(world.mongo)
    built = listener.of("createIndexes")
    assert len(built) > 10
    assert min(one.body.get("maxTimeMS", A_DAY) for one in built) >= A_DAY
    looks = [one.body["maxTimeMS"] for one in listener.of("find") if one.body["find"] == "migrations"]
    assert min(looks) <= 60_000, "all else has its limit"


def test_a_lease_does_not_end_while_its_step_runs(mongo, monkeypatch):
    monkeypatch.setattr(migrations, "LEASE", 300)
    began, go_on = threading.Event(), threading.Event()

    def slow(_):
        began.set()
        assert go_on.wait(60)

    migrate(mongo)
    monkeypatch.setattr(migrations, "MIGRATIONS", [*MIGRATIONS, Migration(99, "takes long", slow)])
    one, other = (threading.Thread(target=migrate, args=(mongo,)) for _ in range(2))
    one.start()
    assert began.wait(60)
    began.clear()
    [lease] = mongo.leases.find({"_id": "migrations"})
    until(lambda: mongo.leases.find_one({"_id": "migrations"})["until"] > lease["until"] + 600, "it was not renewed")
    other.start()
    assert leases.take(mongo, "migrations", "a third", 300) is False
    go_on.set()
    one.join(60)
    other.join(60)
    assert not began.is_set(), "nobody else has run it"
    assert pending(mongo) == []


def test_an_account_whose_handle_was_stored_in_another_form_is_found_and_nobody_else_gets_it(mongo):
    """Also two that the version before step 14 took for different ones: each is found as it was written then."""
    written = {"u1": "\u039c\u03b1\u0390\u03c1\u03b7", "u2": "A\u3164nn", "u3": "Ann", "u4": "Zo\ufe0fe", "u5": "Bob"}
    migrate(mongo)
    mongo.migrations.delete_one({"_id": 14})
    for user, handle in written.items():
        stored = normalize("NFKC", handle).casefold()
        mongo.users.insert_one({"_id": user, "handle": stored, "passphrase": "hash", "role": "peer", "created_at": 1})
    migrate(mongo)
    accounts = AccountStore(mongo)
    otherwise = {"u1": "\u03bc\u03b1\u03b9\u0308\u0301\u03c1\u03b7", "u3": "an\u034fn", "u4": "ZOE"}
    for user, handle in [*written.items(), *otherwise.items()]:
        assert accounts.by_handle(handle)["_id"] == user, handle
        with pytest.raises(IdTaken):
            accounts.add("new", handle, "hash", "peer", 2)
    assert accounts.by_handle("anne") is None
    accounts.remove("u4")
    accounts.add("u6", "zoe", "hash", "peer", 2)
    assert accounts.by_handle("Zo\ufe0fe")["_id"] == "u6"


def test_a_new_database_waits_for_no_commits_of_older_workers(mongo, monkeypatch):
    slept = []
    monkeypatch.setattr(migrations, "time", SimpleNamespace(**{**vars(time), "sleep": slept.append}))
    migrate(mongo)
    assert set(slept) <= {0}
    assert layout.stored(mongo) == layout.LAYOUT


def test_the_first_layout_takes_rows_of_the_version_before(world, ann):
    layout.raise_to(world.mongo, 1)
    world.mongo.ledger.insert_one({"_id": "of a version without a number"})
    world.mongo.ledger.insert_one({"_id": "of the first version with a number", "layout": 1})
    layout.raise_to(world.mongo, layout.LAYOUT)
    assert note(ann, "n1")["ok"]
    assert world.mongo.ledger.find_one({"_id": {"$regex": f"^{ann.user}"}})["layout"] == layout.LAYOUT


def test_a_worker_of_an_older_version_stores_nothing_any_more(world, ann, monkeypatch):
    """Not the record, not the head, not the ledger row: and the phone keeps it for the worker that comes."""
    assert note(ann, "n1")["ok"]
    newer = layout.LAYOUT + 1
    layout.raise_to(world.mongo, newer)
    before = {name: list(world.mongo[name].find()) for name in ("records", "spaces", "ledger")}
    outcome = note(ann, "n2")
    assert outcome["error"]["code"] == TryLater.code
    assert {name: list(world.mongo[name].find()) for name in before} == before
    assert world.parts.app.test_client().get("/readyz").status_code == 503
    monkeypatch.setattr(layout, "LAYOUT", newer)
    monkeypatch.setattr(ledger, "LAYOUT", newer)
    assert note(ann, "n2")["ok"]
    assert world.parts.app.test_client().get("/readyz").status_code == 200


def test_a_worker_of_an_older_version_does_not_start(mongo):
    migrate(mongo)
    layout.raise_to(mongo, layout.LAYOUT + 1)
    with pytest.raises(UnfitDatabase, match="newer version"):
        migrate(mongo)


def test_the_number_is_raised_before_a_step_that_older_workers_would_spoil(mongo, monkeypatch):
    migrate(mongo)
    seen, slept, newer = [], [], layout.LAYOUT + 1
    step = Migration(99, "stores otherwise", lambda database: seen.append(layout.stored(database)), layout=newer)
    monkeypatch.setattr(migrations, "MIGRATIONS", [*MIGRATIONS, step])
    monkeypatch.setattr(migrations, "time", SimpleNamespace(**{**vars(time), "sleep": slept.append}))
    monkeypatch.setattr(layout, "LAYOUT", newer)
    migrate(mongo)
    assert (seen, slept[:1]) == ([newer], [LONGEST_TRANSACTION])


def test_two_versions_never_store_at_the_same_time(world, ann, monkeypatch):
    """A commit that is on its way when the number is raised is stored before it, or not at all."""
    store, raised = transaction.store, []

    def meanwhile(records, change_set, sessions):
        raised.append(layout.raise_to(world.mongo, layout.LAYOUT + 1))
        return store(records, change_set, sessions)

    monkeypatch.setattr(transaction, "store", meanwhile)
    assert note(ann, "n1")["error"]["code"] == TryLater.code
    assert len(raised) >= 1
    assert world.mongo.records.count_documents({"kind": "note"}) == 0
