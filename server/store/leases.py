"""Leases and heartbeats, in the collection `leases`.

A lease is for work that only one worker at a time does: if its holder dies, another worker takes the lease after it has
expired. A heartbeat is the time up to which a worker has enqueued the notifications of all its commits.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError, PyMongoError

from server.store.database import Mongo

HEARTBEAT = "heart:"  # prefix of the ids of heartbeats


def take(database: Mongo, name: str, holder: str, ms: int) -> bool:
    """Take or renew a lease for some ms; return False if another worker holds it.

    A lease expires by the database's clock: by its own clock, a worker that is an hour ahead would hold it an hour too
    long. A lease that ends more than ``ms`` from now was taken before that clock was set back, and is free: all holders
    of one lease use the same ``ms``.
    """
    now = {"$toLong": "$$NOW"}
    held = {"$and": [{"$gt": ["$until", now]}, {"$lte": ["$until", {"$add": [now, ms]}]}]}
    is_mine = {"$or": [{"$eq": ["$holder", holder]}, {"$not": [held]}]}
    until = {"$cond": [is_mine, {"$add": [now, ms]}, "$until"]}
    update = [{"$set": {"until": until, "holder": {"$cond": [is_mine, holder, "$holder"]}}}]
    try:
        row = database.leases.find_one_and_update(
            {"_id": name}, update, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # another worker inserted the first row at the same moment
        return False
    return row is not None and bool(row["holder"] == holder)


@contextmanager
def renewed(database: Mongo, name: str, holder: str, ms: int) -> Iterator[None]:
    """Renew a lease that is held, from a thread, as long as the block runs."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(ms / 3000):
            with suppress(PyMongoError):
                take(database, name, holder, ms)

    thread = threading.Thread(target=renew, name=f"lease {name}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def give_back(database: Mongo, name: str, holder: str) -> None:
    """Give a lease back, so that another worker need not wait until it expires."""
    database.leases.delete_one({"_id": name, "holder": holder})


def beat(database: Mongo, worker: str, now: int) -> None:
    """Store a heartbeat: a worker has enqueued the notifications of all its commits up to ``now``, in ms."""
    database.leases.update_one({"_id": HEARTBEAT + worker}, {"$set": {"at": now}}, upsert=True)


def stopped(database: Mongo, before: int) -> list[tuple[str, int]]:
    """Return (worker, time of its last heartbeat) for workers without a heartbeat since ``before``; times in ms."""
    rows = database.leases.find({"_id": {"$gte": HEARTBEAT, "$lt": HEARTBEAT + "~"}})
    return [(row["_id"].removeprefix(HEARTBEAT), row["at"]) for row in rows if row["at"] < before]


def forget_worker(database: Mongo, worker: str) -> None:
    """Remove the heartbeat of a stopped worker that has nothing left to enqueue."""
    database.leases.delete_one({"_id": HEARTBEAT + worker})
