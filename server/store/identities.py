"""Who signs in through an employer: which account belongs to which identity, and which nonces have been used.

Both are digests. Documents of these collections are only inserted and deleted.
"""

from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo


class IdentityStore:
    """The collections `identities` and `used_nonces`. An identity is removed with its account."""

    def __init__(self, database: Mongo) -> None:
        self._identities, self._used = database.identities, database.used_nonces

    def find(self, identity: str) -> str | None:
        """Return the user whom an identity belongs to, or None."""
        row = self._identities.find_one({"_id": identity})
        return None if row is None else str(row["user"])

    def bind(self, identity: str, user: str, now: int) -> str:
        """Let an identity belong to a user, and return whom it belongs to: another user if that one was faster."""
        try:
            self._identities.insert_one({"_id": identity, "user": user, "created_at": now})
        except DuplicateKeyError:
            return self.find(identity) or user  # the other one may be gone again
        return user

    def use(self, nonce: str, until: int) -> bool:
        """Record that a nonce has been used; return False if it was before. ``until`` (ms): when to forget it."""
        try:
            self._used.insert_one({"_id": nonce, "until": datetime.fromtimestamp(until / 1000, UTC)})
        except DuplicateKeyError:
            return False
        return True
