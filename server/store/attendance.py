"""Up to when Beside was there for people: one time in the collection `leases`, by the clock of the database.

Every worker that serves people moves it on. So it stands still only while no worker could store anything.
"""

from pymongo import ReturnDocument

from server.store.database import Mongo

ROW = "served"  # the id of its row


def move_on(database: Mongo, longest: int) -> tuple[int, int] | None:
    """Say that people are served now; return None.

    Returns (since, until) instead, in ms, if nobody was served for more than ``longest`` ms before: nothing is changed
    then, so that the absence is stored first, however often a worker dies on the way.
    """
    now = {"$toLong": "$$NOW"}
    is_late = {"$and": ["$until", {"$gt": [now, {"$add": ["$until", longest]}]}]}
    update = [{"$set": {"until": {"$cond": [is_late, "$until", now]}, "seen": now}}]
    row = database.leases.find_one_and_update({"_id": ROW}, update, upsert=True, return_document=ReturnDocument.AFTER)
    return (int(row["until"]), int(row["seen"])) if row is not None and row["until"] < row["seen"] else None


def resume(database: Mongo, since: int, until: int) -> None:
    """Say that people have been served since ``until``: the absence before it is stored."""
    database.leases.update_one({"_id": ROW, "until": since}, {"$set": {"until": until}})
