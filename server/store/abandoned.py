"""Transactions whose end is not known, because the database did not answer in time.

It may hold what they have locked: MongoDB for a minute, the embedded database for ever. So they are ended by name,
before anything else is stored, for as long as the answer that was not waited for may still be on its way.
"""

import time
from typing import Any

from server.store.database import Mongo

SUSPECT = 60.0  # seconds


class AbandonedTransactions:
    """The sessions of such transactions."""

    def __init__(self, database: Mongo) -> None:
        self._admin = database.client.admin
        self._sessions: list[tuple[float, Any]] = []

    def add(self, session_id: Any) -> None:
        """Take note of a session."""
        self._sessions.append((time.monotonic() + SUSPECT, session_id))

    def end(self) -> None:
        """End whatever these sessions are in the middle of; raises PyMongoError."""
        self._sessions = [(until, session) for until, session in self._sessions if until > time.monotonic()]
        if self._sessions:
            self._admin.command("killSessions", [session for _, session in self._sessions])
