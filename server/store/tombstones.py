"""Expiring tombstones, for operators who must. Nothing expires by itself."""

from server.store.database import Mongo


def expire_tombstones(database: Mongo, space: str, seq: int) -> int:
    """Remove the tombstones of a space up to a seq and return how many.

    The floor is raised first: a phone that has not seen a tombstone must learn that it starts over, even if this is
    interrupted halfway. The head is never expired, so that there is always a last record to be at.
    """
    row = database.spaces.find_one({"_id": space})
    floor = min(seq, row["head"] - 1) if row else 0
    if floor < 1:
        return 0
    database.spaces.update_one({"_id": space}, {"$max": {"floor": floor}})
    result = database.records.delete_many({"space": space, "deleted": True, "seq": {"$lte": floor}})
    return result.deleted_count
