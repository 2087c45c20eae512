"""Expiring tombstones, for operators who must remove them. No tombstone expires by itself."""

from server.store import documents
from server.store.database import Mongo


def expire_tombstones(database: Mongo, space: str, seq: int) -> int:
    """Remove the tombstones of a space up to a seq and return how many.

    The floor is raised before the removal: even if the removal is interrupted halfway, a phone that has not seen
    one of the tombstones learns that it must start over. The record at the head never expires, so the head is always
    the seq of a stored record.
    """
    row = database.spaces.find_one({"_id": space})
    floor = min(seq, row["head"] - 1) if row else 0
    if floor < 1:
        return 0
    database.spaces.update_one({"_id": space}, {"$max": {"floor": floor}})
    return documents.delete(database.records, space, floor, tombstones_only=True)
