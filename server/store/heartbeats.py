"""The signs of life of workers, in the collection `leases`: up to when each has seen to what follows its commits."""

from server.store.database import Mongo

PREFIX = "heart:"


def beat(database: Mongo, worker: str, now: int) -> None:
    """Say that a worker has seen to everything up to now, in ms."""
    database.leases.update_one({"_id": PREFIX + worker}, {"$set": {"at": now}}, upsert=True)


def stopped(database: Mongo, before: int) -> list[tuple[str, int]]:
    """Return (worker, at) for those that have given no sign since a time in ms."""
    rows = database.leases.find({"_id": {"$gte": PREFIX, "$lt": PREFIX + "~"}})
    return [(row["_id"].removeprefix(PREFIX), row["at"]) for row in rows if row["at"] < before]


def forget(database: Mongo, worker: str) -> None:
    """Remove a worker that has left nothing undone."""
    database.leases.delete_one({"_id": PREFIX + worker})
