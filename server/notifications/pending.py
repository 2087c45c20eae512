"""Pending notifications: the changes that this worker stored, until notifications of them are enqueued.

When a worker dies, the changes that it has collected are lost; `recovery.py` collects them again from the ledger.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from server.commands import access
from server.commands.absence import is_given_back
from server.commands.context import SYSTEM as BESIDE
from sync.record import Key, Record

LEVELS: Mapping[str, int] = {  # kind: level; 0 corrects the number on the icon, 1 is for messages, 3 breaks quiet hours
    "position": 0,
    "message": 1,
    **dict.fromkeys(
        (
            "agreement", "call", "debrief", "disclosure", "escalation", "handover", "letter", "milestone", "nudge",
            "offer", "pairing", "promise", "question", "repair", "report", "sanction", "security_event", "session",
            "shortlist", "sos", "suggestion", "supervision",
        ),
        2,
    ),
}  # fmt: skip
URGENT = 3
SYSTEM = BESIDE.user
OVER = {("session", "closing"), ("session", "closed"), ("call", "over"), ("sos", "closed")}  # not worth a notification


class Note(NamedTuple):
    """A record that a user changed. Its other readers are notified; level 0 only corrects the user's own icon."""

    key: Key
    by: str
    level: int


class PendingNotifications:
    """Collects changes. Costs nothing but memory."""

    def __init__(self) -> None:
        self._notes: set[Note] = set()
        self._lock, self.collected = threading.Lock(), threading.Event()

    def __len__(self) -> int:
        """Return how many changes have been collected."""
        return len(self._notes)

    def collect(self, records: Sequence[Record], by: str) -> None:
        """Collect what a user has changed. This is an effect of every mutation."""
        quiet = {record.key for record in records if by == SYSTEM and is_given_back(record)}
        changed = [record for record in records if record.key not in quiet]
        notes = {Note(record.key, by, level_of(record, by)) for record in changed if concerns(record)}
        if notes:
            self.put_back(notes)
            self.collected.set()

    def take(self) -> set[Note]:
        """Return all that has been collected, and forget it."""
        with self._lock:
            notes, self._notes = self._notes, set()
        return notes

    def put_back(self, notes: set[Note]) -> None:
        """Collect again the changes that could not be enqueued."""
        with self._lock:
            self._notes |= notes


def level_of(record: Record, by: str) -> int:
    """Return the level of a change. Urgent are a call to the person on call, and a person's answer to an `sos`."""
    is_urgent = record.data.get("as") == "on_call" if record.kind == "call" else record.kind == "sos" and by != SYSTEM
    return URGENT if is_urgent else LEVELS[record.kind]


def concerns(record: Record) -> bool:
    """Tell whether a user may have to be notified of a change. A record that is deleted, or over, is no news."""
    is_over = record.deleted or (record.kind, record.data.get("state")) in OVER
    return record.kind in LEVELS and not is_over and access.has_readers(record.space)
