"""Sign-in through an employer: the account of each identity, and the nonces that have been used.

Identities and nonces are stored as digests. The digest of an identity is keyed with a secret, so that nobody can find
an employee by guessing. Documents of these collections are only inserted and deleted.
"""

from contextlib import suppress
from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

from server.store.data_keys import DataKeys
from server.store.database import Mongo


class IdentityStore:
    """The collections `identities` and `used_nonces`. An identity is removed with its account."""

    def __init__(self, database: Mongo, keys: DataKeys) -> None:
        self._identities, self._used, self._keys = database.identities, database.used_nonces, keys

    def find(self, identity: str) -> str | None:
        """Return the user whom an identity belongs to, or None."""
        self._rename(identity)
        row = self._identities.find_one({"_id": self._name(identity)})
        return None if row is None else str(row["user"])

    def bind(self, identity: str, user: str, now: int) -> str:
        """Bind an identity to a user; return the user it is bound to, which is another one if that one was faster."""
        try:
            self._identities.insert_one(
                {"_id": self._name(identity), "user": user, "created_at": now, "is_secret": True}
            )
        except DuplicateKeyError:
            return self.find(identity) or user  # the other account may have been removed since
        return user

    def rename_older(self) -> None:
        """Store the identities of an older version under names that are keyed with the secret."""
        for row in list(self._identities.find({"is_secret": {"$exists": False}})):
            self._rename(row["_id"])

    def _rename(self, identity: str) -> None:
        """Store an identity under the name that is keyed with the secret, if it is stored under the digest itself."""
        row = self._identities.find_one({"_id": identity})
        if row is not None:
            with suppress(DuplicateKeyError):
                self._identities.insert_one(row | {"_id": self._name(identity), "is_secret": True})
            self._identities.delete_one({"_id": identity})

    def _name(self, identity: str) -> str:
        return self._keys.digest("identity", identity)

    def use(self, nonce: str, until: int) -> bool:
        """Record that a nonce has been used; return False if it was before. ``until`` (ms): when to forget it."""
        try:
            self._used.insert_one({"_id": nonce, "until": datetime.fromtimestamp(until / 1000, UTC)})
        except DuplicateKeyError:
            return False
        return True
