"""Abandoned transactions: their end is not known, because the database did not answer in time.

The database may hold their locks: MongoDB for a minute, the embedded database for ever. So their sessions are ended by
name before anything else is stored, for as long as the answer may still be on its way.
"""

import time
from typing import Any

from server.store.database import Mongo

SUSPECT = 60.0  # seconds


class AbandonedTransactions:
    """The sessions of abandoned transactions."""

    def __init__(self, database: Mongo) -> None:
        self._admin = database.client.admin
        self._sessions: list[tuple[float, Any]] = []

    def add(self, session_id: Any) -> None:
        """Take note of a session."""
        self._sessions.append((time.monotonic() + SUSPECT, session_id))

    def end(self) -> None:
        """End the transactions of these sessions; raises PyMongoError."""
        self._sessions = [(until, session) for until, session in self._sessions if until > time.monotonic()]
        if self._sessions:
            self._admin.command("killSessions", [session for _, session in self._sessions])
