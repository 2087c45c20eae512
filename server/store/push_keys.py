"""The keys of this server at push services: made once, the same for all workers, and part of every backup."""

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo

VAPID = "vapid"


def kept_or_made(database: Mongo, made: str, now: int) -> str:
    """Return the stored VAPID key, encrypted; if there is none, store ``made`` and return it.

    Of workers that begin at the same moment one stores its key, in one write, and all get this one.
    """
    update = {"$setOnInsert": {"key": made, "created_at": now}}
    try:
        row = database.push_keys.find_one_and_update(
            {"_id": VAPID}, update, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # two workers were the first
        row = database.push_keys.find_one({"_id": VAPID})
    return str((row or {})["key"])


def kept(database: Mongo) -> str | None:
    """Return the stored VAPID key, encrypted, or None."""
    row = database.push_keys.find_one({"_id": VAPID})
    return None if row is None else str(row["key"])
