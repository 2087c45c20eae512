"""Leases and heartbeats, in the collection `leases`.

A lease is for work that only one worker at a time does: if its holder dies, another worker takes the lease when its
time is over. A heartbeat says up to which time a worker has enqueued the notifications of all its commits.
"""

from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo

HEARTBEAT = "heart:"  # prefix of the ids of heartbeats


def take(database: Mongo, name: str, holder: str, now: int, ms: int) -> bool:
    """Take or renew a lease until ``now + ms``; return False if another worker holds it."""
    mine, before = {"holder": holder, "until": now + ms}, database.leases.find_one({"_id": name})
    if before is None:
        try:
            database.leases.insert_one({"_id": name, **mine})
        except DuplicateKeyError:
            return False
        return True
    if before["holder"] != holder and before["until"] >= now:
        return False
    where = {"_id": name, "holder": before["holder"], "until": before["until"]}
    return database.leases.update_one(where, {"$set": mine}).matched_count == 1


def give_back(database: Mongo, name: str, holder: str) -> None:
    """Give a lease back, so that another worker need not wait until its time is over."""
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
