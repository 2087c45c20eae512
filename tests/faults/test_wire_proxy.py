"""The bad database does to commands what it says, and to all others nothing."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from pymongo import MongoClient, common
from pymongo.errors import AutoReconnect, ExecutionTimeout, NotPrimaryError, OperationFailure, PyMongoError

from server.store.database import Document, Mongo, database
from tests.faults.wire_errors import error
from tests.faults.wire_proxy import WireProxy
from tests.waiting import PATIENCE, until

LONG = PATIENCE * 1000  # ms in which a test gets done what it must while something is hidden


@pytest.fixture
def proxy(mongodb) -> Iterator[WireProxy]:
    proxy = WireProxy(mongodb)
    yield proxy
    proxy.stop()


@pytest.fixture
def through(proxy, mongo_on_a_server, monkeypatch) -> Iterator[Callable[..., Mongo]]:
    """Return a function that gives the database of a new client behind the proxy."""
    monkeypatch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.01)
    for name in ("spaces", "records"):
        mongo_on_a_server.create_collection(name)
    clients: list[MongoClient[Document]] = []

    def connect(**options: Any) -> Mongo:
        clients.append(MongoClient(proxy.uri, **{"timeoutMS": int(LONG), **options}))
        return database(clients[-1], mongo_on_a_server.name)

    yield connect
    for client in clients:
        client.close()


@pytest.fixture
def db(through) -> Mongo:
    """Return the database through the proxy, with a space and its only record."""
    db = through()
    db.spaces.insert_one({"_id": "s", "head": 1})
    db.records.insert_one({"_id": "r1", "space": "s", "seq": 1, "text": "one"})
    return db


def stores(db: Mongo, seq: int, **more: Any) -> None:
    """Store the next record of the space, change its first, and move its head, in one transaction."""
    with db.client.start_session(causal_consistency=False) as session, session.start_transaction():
        db.records.insert_one({"_id": f"r{seq}", "space": "s", "seq": seq, **more}, session=session)
        db.records.update_one({"_id": "r1"}, {"$set": {"text": f"as of {seq}"}}, session=session)
        db.spaces.update_one({"_id": "s", "head": seq - 1}, {"$set": {"head": seq}}, session=session)


def read(db: Mongo, session: Any = None) -> list[Any]:
    """Return the head of the space and what is in it, read in this order."""
    head = db.spaces.find_one({"_id": "s"}, session=session)["head"]
    return [head, *(row["seq"] for row in db.records.find({"space": "s"}, session=session).sort("seq"))]


def test_what_no_test_names_passes(db, mongo_on_a_server, proxy):
    many = [{"_id": number, "text": "x" * 1000} for number in range(3000)]
    db.many.insert_many(many)
    db.records.update_one({"_id": "r1"}, {"$inc": {"seq": 1}})
    assert list(db.many.find().batch_size(100)) == many == list(mongo_on_a_server.many.find())
    assert mongo_on_a_server.records.find_one() == db.records.find_one()
    assert len(proxy.seen("getMore")) >= 20


def test_every_command_is_seen_in_its_order(db, proxy):
    stores(db, 2)
    own = [command for command in proxy.commands if command.body["$db"] == db.name or command.in_transaction]
    names = [(command.name, command.in_transaction) for command in own]
    assert names == [
        ("insert", False),
        ("insert", False),
        ("insert", True),
        ("update", True),
        ("update", True),
        ("commitTransaction", True),
    ]
    assert len({command.lsid for command in own[2:]}) == 1
    assert own[2].body["documents"] == [{"_id": "r2", "space": "s", "seq": 2}]
    assert [command.body["update"] for command in proxy.seen("update")] == ["records", "spaces"]
    assert len(proxy.seen("insert", when=lambda body: body["insert"] == "spaces")) == 1


def test_a_write_whose_answer_is_lost_is_sent_again_and_done_once(through, proxy):
    # Without a timeout: the embedded database takes a command with another `maxTimeMS` for another command.
    db = through(retryWrites=True, timeoutMS=None)
    proxy.lose_answer("insert")
    db.records.insert_one({"_id": "r1"})
    first, second = proxy.seen("insert")
    assert first.body["txnNumber"] == second.body["txnNumber"]
    assert db.records.count_documents({}) == 1


def test_a_write_that_never_came_is_not_done(db, proxy):
    proxy.lose_answer("insert", done=False)
    with pytest.raises(AutoReconnect):
        db.records.insert_one({"_id": "r2"})
    assert read(db) == [1, 1]


def test_a_read_is_repeated(db, proxy):
    proxy.lose_answer("find")
    proxy.answer("find", error(91), when=lambda body: body["find"] == "records")
    assert read(db) == [1, 1]
    assert [command.body["find"] for command in proxy.seen("find")] == ["spaces", "spaces", "records", "records"]


def test_a_conflict_is_answered_at_once_and_the_transaction_is_aborted(db, mongo_on_a_server, proxy):
    proxy.answer("update", error(112), when=lambda body: body["update"] == "spaces")
    with pytest.raises(OperationFailure) as caught:
        stores(db, 2)
    assert caught.value.code == 112
    assert caught.value.has_error_label("TransientTransactionError")
    mongo_on_a_server.records.delete_one({"_id": "r1"})  # would wait for the transaction if it were open
    assert read(db) == [1]


def test_a_conflict_at_the_commit_aborts_the_transaction_too(db, mongo_on_a_server, proxy):
    proxy.answer("commitTransaction", error(112))
    with pytest.raises(OperationFailure):
        stores(db, 2)
    mongo_on_a_server.spaces.update_one({"_id": "s"}, {"$set": {"head": 5}})
    assert read(db) == [5, 1]


def test_a_commit_whose_answer_is_lost_was_done(through, db, proxy):
    proxy.lose_answer("commitTransaction", times=3)
    stores(db, 2)
    assert len(proxy.seen("commitTransaction")) == 4
    assert read(db) == [2, 1, 2]


def test_a_commit_that_is_done_can_be_answered_as_if_it_were_not_known(db, proxy):
    proxy.answer("commitTransaction", error(50), done=True)
    with pytest.raises(ExecutionTimeout) as caught:
        stores(db, 2)
    assert caught.value.has_error_label("UnknownTransactionCommitResult")
    assert read(db) == [2, 1, 2]


def test_a_commit_is_hidden_from_a_plain_read_of_some_collections_only(db, proxy):
    proxy.hide_commits(["records"], LONG)
    stores(db, 2)
    assert read(db) == [2, 1]
    assert db.records.find_one({"_id": "r1"})["text"] == "one"
    stores(db, 3)
    assert read(db) == [3, 1]
    assert db.records.find_one({"text": "one"}) is not None
    assert db.records.find_one({"text": "as of 3"}) is None
    proxy.heal()
    assert read(db) == [3, 1, 2, 3]
    assert db.records.find_one({"_id": "r1"})["text"] == "as of 3"


def test_a_hidden_commit_shows_by_itself(db, proxy):
    proxy.hide_commits(["records"], 1)
    stores(db, 2)
    until(lambda: read(db) == [2, 1, 2])


def test_a_reader_that_has_seen_the_head_waits_for_the_records(db, proxy):
    proxy.hide_commits(["records"], LONG)
    stores(db, 2)
    found: list[Any] = []
    with db.client.start_session() as session:
        reader = threading.Thread(target=lambda: found.extend(read(db, session)))
        reader.start()
        until(lambda: proxy.hidden.waiting)
        assert found == []
        proxy.heal()
        reader.join()
    assert found == [2, 1, 2]


def test_a_reader_that_waits_is_let_in_when_the_time_is_over(db, proxy):
    proxy.hide_commits(["records"], 30)
    stores(db, 2)
    with db.client.start_session() as session:
        assert read(db, session) == [2, 1, 2]


def test_a_reader_that_has_seen_only_what_was_before_does_not_wait(db, proxy):
    with db.client.start_session() as session:
        assert read(db, session) == [1, 1]
        proxy.hide_commits(["records"], LONG)
        stores(db, 2)
        assert [row["seq"] for row in db.records.find({"space": "s"}, session=session)] == [1]


def test_a_reader_waits_for_the_commit_it_has_seen_and_not_for_later_ones(db, proxy):
    with db.client.start_session() as session:
        proxy.hide_commits(["records"], 30)
        stores(db, 2)
        assert read(db, session)[0] == 2
        proxy.hide_commits(["records"], LONG)
        stores(db, 3)
        assert {row["seq"] for row in db.records.find({"space": "s"}, session=session)} == {1, 2}


def test_a_transaction_sees_what_it_writes(db, proxy):
    proxy.hide_commits(["records"], LONG)
    with db.client.start_session() as session, session.start_transaction():
        db.records.insert_one({"_id": "r2", "space": "s", "seq": 2}, session=session)
        assert read(db, session) == [1, 1, 2]
        assert read(db) == [1, 1]
    assert read(db) == [1, 1]


def test_a_transaction_that_is_aborted_hides_nothing(db, proxy):
    proxy.hide_commits(["records"], LONG)
    with db.client.start_session() as session:
        session.start_transaction()
        db.records.update_one({"_id": "r1"}, {"$set": {"seq": 7}}, session=session)
        session.abort_transaction()
    db.records.update_one({"_id": "r1"}, {"$set": {"seq": 8}})
    assert read(db) == [1, 8]


def test_what_is_found_beside_hidden_commits_is_sorted_limited_and_projected(db, proxy):
    for number in range(2, 6):
        stores(db, number, text=str(number))
    proxy.hide_commits(["records"], LONG)
    stores(db, 6)
    newest = db.records.find({"space": "s"}, {"_id": 0, "text": 1}).sort("seq", -1).skip(1).limit(4)
    assert [row["text"] for row in newest] == ["4", "3", "2", "as of 5"]
    assert list(db.records.find({"seq": {"$lte": 1}}, {"text": 1})) == [{"_id": "r1", "text": "as of 5"}]


def test_a_client_waits_until_there_is_a_primary_again(through, proxy):
    db = through(retryWrites=True)
    db.records.insert_one({"_id": "r1"})
    proxy.fail_over(PATIENCE)
    writer = threading.Thread(target=db.records.insert_one, args=[{"_id": "r2"}])
    writer.start()
    until(lambda: db.client.primary is None and db.client.secondaries)
    proxy.heal()
    writer.join()
    assert db.records.count_documents({}) == 2


def test_a_fail_over_ends_by_itself(through, proxy):
    db = through(retryWrites=True)
    db.records.insert_one({"_id": "r1"})
    proxy.fail_over(0.05)
    db.records.insert_one({"_id": "r2"})
    assert db.records.count_documents({}) == 2


@pytest.mark.parametrize("code", [91, 189, 262, 10107, 11600])
def test_an_error_that_a_server_labels_is_labelled(through, proxy, code):
    """The embedded database does not add any label to the errors of its `failCommand`."""
    db = through(retryWrites=True)
    proxy.answer("insert", error(code), times=2)
    db.records.insert_one({"_id": "r1"})
    assert len(proxy.seen("insert")) == 3


def test_a_client_that_asks_this_server_alone_hears_that_it_is_no_primary(through, proxy):
    db = through(directConnection=True)
    proxy.fail_over(PATIENCE)
    with pytest.raises(NotPrimaryError) as caught:
        db.records.insert_one({"_id": "r1"})
    assert caught.value.details["code"] == 10107


def test_a_fail_over_loses_open_transactions(db, mongo_on_a_server, proxy):
    with db.client.start_session() as session:
        session.start_transaction()
        db.records.insert_one({"_id": "r2", "space": "s", "seq": 2}, session=session)
        proxy.fail_over(PATIENCE)
        proxy.heal()
        with pytest.raises(PyMongoError) as caught:
            session.commit_transaction()
        assert caught.value.has_error_label("TransientTransactionError")
    mongo_on_a_server.records.insert_one({"_id": "r2", "space": "s", "seq": 9})
    assert read(db) == [1, 1, 9]


def test_a_router_is_taken_for_one_and_passes_transactions_on(through, proxy):
    proxy.as_router()
    db = through()
    assert db.client.is_mongos
    assert db.client.topology_description.topology_type_name == "Sharded"
    db.spaces.insert_one({"_id": "s", "head": 1})
    stores(db, 2)
    assert read(db) == [2, 2]


def test_a_standalone_server_is_taken_for_one_and_has_no_transactions(through, proxy):
    proxy.as_standalone()
    db = through()
    db.records.insert_one({"_id": "r1"})
    assert db.client.topology_description.topology_type_name == "Single"
    assert "setName" not in db.client.admin.command("hello")
    with pytest.raises(OperationFailure, match="only allowed on a replica set member or mongos"):
        stores(db, 2)


def test_a_command_is_delayed(db, proxy):
    proxy.delay("ping", 0.05)
    start = time.monotonic()
    db.client.admin.command("ping")
    assert time.monotonic() - start >= 0.05
    assert proxy.seen("ping")


def test_it_stops_while_clients_are_connected_and_waiting(mongodb):
    before = threading.active_count()
    proxy = WireProxy(mongodb)
    with MongoClient(proxy.uri, timeoutMS=int(LONG)) as waiting:
        waiting.admin.command("ping")
        proxy.delay("ping", PATIENCE)
        threading.Thread(target=_quietly, args=[waiting.admin.command, "ping"]).start()
        until(lambda: len(proxy.seen("ping")) == 2)
        proxy.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(proxy.server_address)
    until(lambda: threading.active_count() <= before)


def _quietly(run: Callable[..., Any], *args: Any) -> None:
    with suppress(PyMongoError):
        run(*args)
