"""A lease: what only one worker at a time does. One that dies is followed by another when its time is over."""

from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo


def take(database: Mongo, name: str, holder: str, now: int, ms: int) -> bool:
    """Take or renew a lease until ``now + ms``; False if another holds it."""
    mine = {"holder": holder, "until": now + ms}
    if database.leases.update_one({"_id": name, "holder": holder}, {"$set": mine}).matched_count:
        return True
    if database.leases.update_one({"_id": name, "until": {"$lt": now}}, {"$set": mine}).matched_count:
        return True
    try:
        database.leases.insert_one({"_id": name, **mine})
    except DuplicateKeyError:
        return False
    return True


def give_back(database: Mongo, name: str, holder: str) -> None:
    """Give a lease back, so that another worker need not wait for its end."""
    database.leases.delete_one({"_id": name, "holder": holder})
