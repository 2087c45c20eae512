"""The collection `recovery_codes`: {_id: hash of a user and a code, user, made_at, turn}. Only hashes are stored."""

from collections.abc import Sequence

from server.store.database import Document, Mongo
from server.store.replaced import replace


class RecoveryCodeStore:
    """The recovery codes of all users."""

    def __init__(self, database: Mongo) -> None:
        self._codes = database.recovery_codes

    def replace(self, user: str, codes: Sequence[str], now: int) -> None:
        """Store the hashed codes of a user in place of all others. After two calls at once, one set is left."""
        replace(self._codes, user, [{"_id": code, "made_at": now} for code in codes])

    def has(self, code: str) -> bool:
        """Tell whether a hashed code is valid."""
        return self._codes.find_one({"_id": code}) is not None

    def use(self, code: str) -> bool:
        """Remove a hashed code; return False if it is not valid any more."""
        return self._codes.delete_one({"_id": code}).deleted_count == 1

    def left(self, user: str) -> Document:
        """Return {left: number of valid codes, made_at: ms since the epoch or None}."""
        rows = list(self._codes.find({"user": user}))
        return {"left": len(rows), "made_at": max((row["made_at"] for row in rows), default=None)}
