"""Commits that not every reader sees yet, as on a sharded cluster whose shards learn of a commit one after the other.

A transaction that was committed on some shards is not yet visible on the others to a reader with the read concern
majority alone. A reader that says `afterClusterTime`, with the time of the commit or a later one, waits.

Not modelled: reads other than `find` show everything, what an upsert inserts is shown at once, and what is written is
decided by what is committed, hidden or not.
"""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import bson
import mongomock
from bson.timestamp import Timestamp
from mongomock.filtering import filter_applies
from pymongo import MongoClient

from tests.faults.wire import Body, without

EVERYTHING = 100_000  # documents of one batch
LONG = 3600.0  # seconds: a condition cannot wait for ever
RESULT = {"sort", "limit", "skip", "projection", "batchSize", "singleBatch"}  # what a find does with what it has found

Images = dict[bytes, Body | None]  # by encoded `_id`: documents before a transaction; None: there was none
Transaction = tuple[bytes, int]  # lsid and txnNumber


@dataclass
class Hidden:
    """What a transaction has changed and not everybody sees."""

    at: Timestamp  # its commit, before it was sent to the server
    images: dict[str, Images]  # by namespace
    until: float = math.inf  # by the monotonic clock


class HiddenCommits:
    """The commits that are hidden now, and the transactions that may be."""

    def __init__(self, server: MongoClient[Body], tick: Callable[[], Timestamp]) -> None:
        self._server, self._tick = server, tick
        self._collections: frozenset[str] = frozenset()
        self._seconds = 0.0
        self._statements: dict[Transaction, list[Body]] = defaultdict(list)
        self._hidden: list[Hidden] = []
        self._changed = threading.Condition()
        self.waiting = 0  # readers that wait until they may see a commit

    def hide(self, collections: Iterable[str], seconds: float) -> None:
        """From now on, hide each commit's changes in some collections for some seconds after it."""
        self._collections, self._seconds = frozenset(collections), seconds

    def reveal(self) -> None:
        """Show everything, and hide nothing any more."""
        with self._changed:
            self._collections = frozenset()
            self._hidden.clear()
            self._changed.notify_all()

    def open(self) -> list[Body]:
        """Return the lsids of the transactions that are neither committed nor aborted."""
        with self._changed:
            return [statements[0]["lsid"] for statements in self._statements.values()]

    def note(self, body: Body) -> None:
        """Remember a statement of a transaction."""
        with self._changed:
            self._statements[transaction(body)].extend(_by_collection(body))

    def end(self, body: Body) -> None:
        """Forget a transaction, which is over."""
        with self._changed:
            self._statements.pop(transaction(body), None)

    def committing(self, body: Body) -> Hidden | None:
        """Hide what a transaction changes, just before it is committed; None if there is nothing to hide.

        A commit that is repeated hides nothing again: its statements are forgotten.
        """
        with self._changed:
            statements = self._statements.pop(transaction(body), [])
        images: dict[str, Images] = defaultdict(dict)
        for statement in statements:
            if next(iter(statement.values())) in self._collections:
                self._look(statement, images[namespace(statement)])
        if not images:
            return None
        hidden = Hidden(self._tick(), images)
        with self._changed:
            self._hidden.append(hidden)
        return hidden

    def committed(self, hidden: Hidden, *, done: bool) -> None:
        """Let the time of a hidden commit begin, or forget it if it was not done after all."""
        with self._changed:
            hidden.until = time.monotonic() + self._seconds if done else -math.inf
            self._changed.notify_all()

    def hides(self, body: Body) -> bool:
        """Tell whether a command is a find whose result may have to be changed."""
        with self._changed:
            return "find" in body and (
                body["find"] in self._collections or any(namespace(body) in one.images for one in self._still())
            )

    def wait(self, body: Body, after: Timestamp | None) -> None:
        """Let a reader wait who must see all commits up to a time, if some of its collection is hidden."""

        def late() -> list[float]:
            return [one.until for one in self._still() if after and one.at <= after and namespace(body) in one.images]

        with self._changed:
            while hidden := late():
                self.waiting += 1
                self._changed.wait(min(min(hidden) - time.monotonic(), LONG))
                self.waiting -= 1

    def shown(self, body: Body, found: list[Body]) -> list[Body]:
        """Return what a find may show, of all documents that its filter finds on the server now."""
        before: Images = {}
        with self._changed:
            for one in self._still():
                before = {**one.images.get(namespace(body), {}), **before}  # the first of two images is the older one
        rows = [row for row in found if _name(row) not in before]
        applies: Any = filter_applies  # it has no types
        rows += [row for row in before.values() if row is not None and applies(body.get("filter", {}), row)]
        return _result(body, rows)

    def _still(self) -> list[Hidden]:
        self._hidden = [one for one in self._hidden if one.until > time.monotonic()]
        return self._hidden

    def _look(self, statement: Body, images: Images) -> None:
        """Read the documents that a statement writes, as they are before the commit."""
        collection = self._server[statement["$db"]][next(iter(statement.values()))]
        for document in statement.get("documents", ()):
            images.setdefault(_name(document), None)
        for one in [*statement.get("updates", ()), *statement.get("deletes", ())]:
            for row in collection.find(one["q"]):
                images.setdefault(_name(row), row)


def transaction(body: Body) -> Transaction:
    """Return which transaction a command belongs to."""
    return bytes(body["lsid"]["id"]), body["txnNumber"]


def namespace(body: Body) -> str:
    """Return the database and the collection of a command."""
    return f"{body['$db']}.{next(iter(body.values()))}"


def _by_collection(body: Body) -> Iterator[Body]:
    """Give a statement as one for each collection: `bulkWrite` writes to several."""
    if "bulkWrite" not in body:
        yield body
        return
    for place, one in enumerate(body["nsInfo"]):
        database, _, collection = one["ns"].partition(".")
        whose = {"$db": database, "lsid": body["lsid"]}
        inserted = [operation["document"] for operation in body["ops"] if operation.get("insert") == place]
        updated = [{"q": operation["filter"]} for operation in body["ops"] if operation.get("update") == place]
        yield {"insert": collection, "documents": inserted, **whose}
        yield {"update": collection, "updates": updated, **whose}


def whole(body: Body) -> Body:
    """Return a find that finds the same documents, all of them and whole, in one batch."""
    return {**without(body, RESULT), "batchSize": EVERYTHING}


def _result(body: Body, rows: list[Body]) -> list[Body]:
    """Sort, limit and project as a find asks for it."""
    collection: Any = mongomock.MongoClient().hidden.rows
    if rows:
        collection.insert_many(rows)
    cursor = collection.find({}, body.get("projection") or None, skip=body.get("skip", 0), limit=body.get("limit", 0))
    return list(cursor.sort(list(body["sort"].items())) if body.get("sort") else cursor)


def _name(document: Body) -> bytes:
    return bson.encode({"_id": document["_id"]})
