"""The collection `links`: {_id: hash of a code, user, device, expires_at, turn}, for a minute each."""

from server.store.database import Document, Mongo
from server.store.replaced import replace


class LinkStore:
    """The codes by which new devices are linked: one of each user at most."""

    def __init__(self, database: Mongo) -> None:
        self._links = database.links

    def replace(self, user: str, code: str, device: str, expires: int) -> None:
        """Store a hashed code that a device shows, in place of the one before."""
        replace(self._links, user, [{"_id": code, "device": device, "expires_at": expires}])

    def use(self, code: str, now: int) -> Document | None:
        """Remove a hashed code and return {user, device}, or None if it is not valid any more."""
        row = self._links.find_one_and_delete({"_id": code})
        return row if row is not None and row["expires_at"] > now else None
