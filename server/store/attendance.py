"""Up to when Beside was there for people: one row in the collection `leases`, by the clock of the database.

Every worker that serves people moves the row on. So it stands still only while no worker could store anything.
"""

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.store.database import Document, Mongo

ROW = "served"  # the id of its row


def move_on(database: Mongo, acknowledged: int) -> tuple[int, int]:
    """Say that a worker serves people; return (until, seen): up to when people were served, and the time now, in ms.

    ``acknowledged``: ``seen`` of the last call of this worker that the database acknowledged, or 0. People were served
    up to then, and no later time is known: a write that is not acknowledged may be applied all the same. If the clock
    of the database went back, ``until`` goes back with it.
    """
    now = {"$toLong": "$$NOW"}
    until = {"$min": [{"$max": [{"$ifNull": ["$until", now]}, acknowledged]}, now]}
    update: list[Document] = [{"$set": {"until": until, "seen": now}}]
    row = _moved(database, update) or _moved(database, update) or {"until": 0, "seen": 0}  # 0: nothing is known
    return int(row["until"]), int(row["seen"])


def _moved(database: Mongo, update: list[Document]) -> Document | None:
    """Return the row after an update; None if another worker was just making it, so that it is there the next time."""
    after = ReturnDocument.AFTER
    try:
        return database.leases.find_one_and_update({"_id": ROW}, update, upsert=True, return_document=after)
    except DuplicateKeyError:
        return None


def resume(database: Mongo, since: int, until: int) -> None:
    """Say that people have been served since ``until``: the absence before it is stored."""
    database.leases.update_one({"_id": ROW, "until": since}, {"$set": {"until": until}})
