"""Leases and heartbeats, in the collection `leases`.

A lease is for what only one worker at a time does: if its holder dies, another takes it when its time is over. A
heartbeat says up to when a worker has seen to everything that follows its commits.
"""

from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo

HEARTBEAT = "heart:"  # what the ids of heartbeats begin with


def take(database: Mongo, name: str, holder: str, now: int, ms: int) -> bool:
    """Take or renew a lease until ``now + ms``; False if another holds it."""
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
    """Give a lease back, so that another worker need not wait for its end."""
    database.leases.delete_one({"_id": name, "holder": holder})


def beat(database: Mongo, worker: str, now: int) -> None:
    """Say that a worker has seen to everything up to now, in ms."""
    database.leases.update_one({"_id": HEARTBEAT + worker}, {"$set": {"at": now}}, upsert=True)


def stopped(database: Mongo, before: int) -> list[tuple[str, int]]:
    """Return (worker, at) for those that have given no heartbeat since a time in ms."""
    rows = database.leases.find({"_id": {"$gte": HEARTBEAT, "$lt": HEARTBEAT + "~"}})
    return [(row["_id"].removeprefix(HEARTBEAT), row["at"]) for row in rows if row["at"] < before]


def forget_worker(database: Mongo, worker: str) -> None:
    """Remove a worker that has left nothing undone."""
    database.leases.delete_one({"_id": HEARTBEAT + worker})
