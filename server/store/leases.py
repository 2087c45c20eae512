"""A lease: what only one worker at a time does. One that dies is followed by another when its time is over."""

from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo


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
