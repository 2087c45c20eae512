"""The collection `reset_codes`: {_id: hash of a user and a code, user, expires_at, turn}, one of each user at most."""

from server.store.database import Document, Mongo
from server.store.replaced import replace


class ResetCodeStore:
    """The codes by which users choose another passphrase, made by operators. They are stored hashed only."""

    def __init__(self, database: Mongo) -> None:
        self._codes = database.reset_codes

    def replace(self, user: str, code: str, expires: int) -> None:
        """Store a hashed code of a user in place of the one before."""
        replace(self._codes, user, [{"_id": code, "expires_at": expires}])

    def has(self, code: str, now: int) -> bool:
        """Tell whether a hashed code is valid."""
        row = self._codes.find_one({"_id": code})
        return row is not None and bool(row["expires_at"] > now)

    def use(self, code: str, now: int) -> bool:
        """Remove a hashed code; return False if it is not valid any more."""
        row: Document | None = self._codes.find_one_and_delete({"_id": code})
        return row is not None and bool(row["expires_at"] > now)
