"""The key of this server for push services (VAPID, RFC 8292): made once, used by all workers, part of every backup."""

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo

VAPID = "vapid"


def kept_or_made(database: Mongo, made: str, now: int) -> str:
    """Return the stored VAPID key, encrypted; if there is none, store ``made`` and return it.

    If several workers start at the same moment, one of them stores its key, and all of them return that key.
    """
    update = {"$setOnInsert": {"key": made, "created_at": now}}
    try:
        row = database.push_keys.find_one_and_update(
            {"_id": VAPID}, update, upsert=True, return_document=ReturnDocument.AFTER
        )
    except DuplicateKeyError:  # another worker inserted its key at the same moment
        row = database.push_keys.find_one({"_id": VAPID})
    return str((row or {})["key"])


def kept(database: Mongo) -> str | None:
    """Return the stored VAPID key, encrypted, or None."""
    row = database.push_keys.find_one({"_id": VAPID})
    return None if row is None else str(row["key"])
