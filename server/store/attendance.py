"""The time up to which Beside has served users: one row in the collection `leases`, by the clock of the database.

Every worker that serves users moves this time forward. So it stands still only while no worker can store anything.
"""

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.store.database import Document, Mongo

ROW = "served"  # the id of its row


def move_on(database: Mongo, acknowledged: int) -> tuple[int, int]:
    """Store that a worker serves users; return (until, seen): the time up to which users were served, and now, in ms.

    ``acknowledged``: ``seen`` of the last call of this worker that the database acknowledged, or 0. Users were served
    up to that time. A later time is not certain: a write that was not acknowledged may be applied all the same. If the
    clock of the database went back, ``until`` goes back with it.
    """
    now = {"$toLong": "$$NOW"}
    until = {"$min": [{"$max": [{"$ifNull": ["$until", now]}, acknowledged]}, now]}
    update: list[Document] = [{"$set": {"until": until, "seen": now}}]
    row = _moved(database, update) or _moved(database, update) or {"until": 0, "seen": 0}  # 0: nothing is known
    return int(row["until"]), int(row["seen"])


def _moved(database: Mongo, update: list[Document]) -> Document | None:
    """Return the row after an update; None if another worker inserted the row at the same moment: then try again."""
    after = ReturnDocument.AFTER
    try:
        return database.leases.find_one_and_update({"_id": ROW}, update, upsert=True, return_document=after)
    except DuplicateKeyError:
        return None


def resume(database: Mongo, since: int, until: int) -> None:
    """Move the time from ``since`` to ``until`` (ms), after the absence between them was stored."""
    database.leases.update_one({"_id": ROW, "until": since}, {"$set": {"until": until}})
