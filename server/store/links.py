"""The collection `links`: {_id: hash of a code, user, device, expires_at}, for a minute each."""

from server.store.database import Document, Mongo


class LinkStore:
    """The codes by which new devices are linked: one of each user at most."""

    def __init__(self, database: Mongo) -> None:
        self._links = database.links

    def replace(self, user: str, code: str, device: str, expires: int) -> None:
        """Store a hashed code that a device shows, in place of the one before."""
        self._links.insert_one({"_id": code, "user": user, "device": device, "expires_at": expires})
        others = [row["_id"] for row in self._links.find({"user": user}, {"_id": 1}) if row["_id"] != code]
        self._links.delete_many({"_id": {"$in": others}})

    def use(self, code: str, now: int) -> Document | None:
        """Remove a hashed code and return {user, device}, or None if it is not valid any more."""
        row = self._links.find_one_and_delete({"_id": code})
        return row if row is not None and row["expires_at"] > now else None
