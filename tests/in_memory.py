"""A store in this process: mongomock instead of a database server, for tests of decisions and of who sees them.

Everything else is the product: the same commits, the same reader, the same conditions on each write. What only a
server can do (transactions that are cut off, indexes, several processes) is tested on one, in `tests/sync`,
`tests/faults` and `tests/load`; `tests/sync/test_in_memory.py` compares the two.
"""

import threading
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import mongomock
import pytest
from mongomock.filtering import filter_applies

from server.store import attendance, leases, transaction
from server.store.change_set import ChangeSet
from server.store.database import Document
from server.store.documents import Records
from server.store.layout import LAYOUT
from server.store.migrations import MIGRATIONS
from server.store.sessions import Sessions

_one_commit_at_a_time = threading.Lock()  # workers of one test may commit at the same moment


def database() -> Any:
    """Return an empty database in memory, laid out as one that was migrated."""
    client = mongomock.MongoClient()
    client.topology_description = SimpleNamespace(topology_type_name="Single")
    empty = client.get_database("beside")
    empty.migrations.insert_many([{"_id": step.number} for step in MIGRATIONS])
    empty.migrations.insert_one({"_id": "layout", "number": LAYOUT})
    empty.users.create_index("handle", unique=True)
    return empty


def look_up(patch: pytest.MonkeyPatch) -> None:
    """Let mongomock find documents by ``_id``, or by a field that is a string, without a full scan.

    mongomock evaluates the whole filter for each document of a collection. Now it does so for the candidates only.
    """
    of_all = mongomock.Collection._iter_documents

    def narrowed(collection: Any, where: Document) -> Any:
        if collection._store.is_empty:
            return of_all(collection, where)
        return (one for one in _left(collection._store, where) if filter_applies(where, one))

    patch.setattr(mongomock.Collection, "_iter_documents", narrowed)


def _left(store: Any, where: Document) -> list[Document]:
    """Return the candidates of a filter: the documents that it matches, and maybe others."""
    names = where.get("_id")
    if isinstance(names, dict) and list(names) == ["$in"]:
        return [store[name] for name in dict.fromkeys(names["$in"]) if name in store]
    if isinstance(names, str):
        return [store[names]] if names in store else []
    texts = [(field, text) for field, text in where.items() if type(text) is str and "." not in field]
    return [one for one in store.documents if all(_may_be(one.get(field), text) for field, text in texts)]


def _may_be(value: Any, text: str) -> bool:
    return value == text or type(value) is list


def commit_without_transactions(patch: pytest.MonkeyPatch) -> None:
    """Let change sets be stored in memory as well: all conditions are checked before the first write."""
    on_a_server = transaction.store

    def store(records: Records, change_set: ChangeSet, sessions: Sessions) -> None:
        database: Any = records.database
        if not isinstance(database, mongomock.Database):
            return on_a_server(records, change_set, sessions)
        transaction.require_room(change_set)
        commands = list(transaction.commands(records, change_set))
        with _one_commit_at_a_time:
            if not all(_is_possible(database, command) for command in commands):
                raise transaction.Moved
            for command in commands:
                _write(database, command)
        return None

    patch.setattr(transaction, "store", store)


def read_without_sessions(patch: pytest.MonkeyPatch) -> None:
    """Let data in memory be read without a session: a read there is never stale."""
    on_a_server = Sessions.reads

    def reads(sessions: Sessions) -> Any:
        return nullcontext() if isinstance(sessions._client, mongomock.MongoClient) else on_a_server(sessions)

    patch.setattr(Sessions, "reads", reads)


def take_leases(patch: pytest.MonkeyPatch) -> None:
    """Let leases be taken in memory as well: mongomock has no update that computes with the database's clock."""
    on_a_server = leases.take

    def take(database: Any, name: str, holder: str, ms: int) -> bool:
        if not isinstance(database, mongomock.Database):
            return on_a_server(database, name, holder, ms)
        found = database.leases.find_one({"_id": name})
        database.leases.update_one({"_id": name}, {"$setOnInsert": {"holder": holder}}, upsert=True)
        return found is None or found["holder"] == holder

    patch.setattr(leases, "take", take)


def attend(patch: pytest.MonkeyPatch) -> None:
    """Let no absence be found in memory: mongomock cannot compute with the database's clock."""
    on_a_server = attendance.move_on

    def move_on(database: Any, acknowledged: int) -> tuple[int, int]:
        return (1, 1) if isinstance(database, mongomock.Database) else on_a_server(database, acknowledged)

    patch.setattr(attendance, "move_on", move_on)


def _is_possible(database: Any, command: Document) -> bool:
    if "insert" in command:
        names = [document["_id"] for document in command["documents"]]
        return not names or database[command["insert"]].find_one({"_id": {"$in": names}}) is None
    return all(database[command["update"]].find_one(one["q"]) is not None for one in command["updates"])


def _write(database: Any, command: Document) -> None:
    for document in command.get("documents", ()):
        database[command["insert"]].insert_one(dict(document))
    for one in command.get("updates", ()):
        collection = database[command["update"]]
        if "$set" in one["u"]:
            collection.update_one(one["q"], one["u"])
        else:
            collection.replace_one(one["q"], one["u"])
