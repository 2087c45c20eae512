"""The collection `kept_handles`: the handles of deleted accounts, which nobody can take for KEPT.

A new user with the handle could be mistaken for the user who left. A row is {_id: a keyed digest of the handle, until:
when it is free}; rows are only inserted and deleted.
"""

import hmac
from datetime import UTC, datetime, timedelta

from pymongo.errors import DuplicateKeyError

from schemas.text import folded
from server.commands.context import Clock
from server.store.database import Document, Mongo
from sync.clock import DAY

KEPT = 30 * DAY  # ms after its account was deleted until a handle is free
ANEW = timedelta(days=1)  # a deletion that is repeated later than this keeps the handle for KEPT from then on


class KeptHandles:
    """The kept handles. Without the server's last secret key, nobody can find them in the database by guessing."""

    def __init__(self, database: Mongo, secret: str, now: Clock) -> None:
        """Take the last of the secret keys, which never changes."""
        self._rows, self._secret, self._now = database.kept_handles, secret.encode(), now

    def keep(self, handle: str) -> None:
        """Keep a handle for KEPT from now on. Its account must still be there; repeating this changes nothing.

        A row that is a day old or more is replaced: it is of a deletion that was interrupted, or nearly expired. A
        younger row stays: if two requests delete an account at the same moment, the account may be gone already.
        """
        digest, until = self._digest(handle), self._moment(KEPT)
        try:
            self._rows.insert_one({"_id": digest, "until": until})
        except DuplicateKeyError:
            before = self._rows.find_one({"_id": digest})
            if before is not None and _until(before) > until - ANEW:
                return
            if before is not None:
                self._rows.delete_one(before)  # with its time: a younger row of another request stays
            self.keep(handle)

    def is_kept(self, handle: str) -> bool:
        """Tell whether a handle is kept. The database removes a row up to minutes late, so its time is checked."""
        row = self._rows.find_one({"_id": self._digest(handle)})
        return row is not None and _until(row) > self._moment(0)

    def _moment(self, ms: int) -> datetime:
        """Return the time in some ms from now."""
        return datetime.fromtimestamp((self._now() + ms) / 1000, UTC)

    def _digest(self, handle: str) -> str:
        return hmac.digest(self._secret, f"kept handle:{folded(handle)}".encode(), "sha256").hex()


def _until(row: Document) -> datetime:
    until: datetime = row["until"]
    return until.replace(tzinfo=UTC)
