"""Pending notifications: the changes that this worker stored, until notifications of them are enqueued.

When a worker dies, the changes that it has collected are lost; `recovery.py` collects them again from the ledger.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from server.commands import access
from server.commands.absence import is_given_back
from server.commands.context import SYSTEM as BESIDE
from server.commands.states import is_taken_back
from sync.record import Key, Record

LEVELS: Mapping[str, int] = {  # kind: level; 0 makes no sound, 1 is for messages, 3 breaks quiet hours
    **dict.fromkeys(("position", "membership", "unread"), 0),
    "message": 1,
    **dict.fromkeys(
        (
            "agreement", "call", "debrief", "disclosure", "escalation", "handover", "letter", "milestone", "nudge",
            "offer", "pairing", "promise", "question", "repair", "report", "request", "sanction", "security_event",
            "session", "shortlist", "sos", "suggestion", "supervision",
        ),
        2,
    ),
}  # fmt: skip
URGENT = 3
SYSTEM = BESIDE.user
OVER = {  # (kind, state) of which nobody is notified, and for which a notification that was shown is withdrawn
    *(("session", state) for state in ("closing", "closed")),
    *(("offer", state) for state in ("accepted", "declined", "expired", "withdrawn")),
    *(("disclosure", state) for state in ("expired", "withdrawn")),
    ("suggestion", "withdrawn"),
    ("call", "over"),
    ("sos", "closed"),
}
UNMET = "closed_unmet"  # the only state of a request of which its peer is notified


class Note(NamedTuple):
    """One change of a record by the user ``by``, of a level as in LEVELS. Other users who read the record are notified.

    ``seq`` is that of this change: once the record has a later seq, this change is not news any more.
    """

    key: Key
    seq: int
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
        notes = {Note(record.key, record.seq, by, level_of(record, by)) for record in changed if is_counted(record)}
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
    """Return the level of a change. A call to the person on call, and a change of an `sos` by a person, are urgent.

    A record that is deleted or over has level 0: the notification of it is withdrawn without a sound.
    """
    if not is_news(record):
        return 0
    is_urgent = record.data.get("as") == "on_call" if record.kind == "call" else record.kind == "sos" and by != SYSTEM
    return URGENT if is_urgent else LEVELS[record.kind]


def is_counted(record: Record) -> bool:
    """Tell whether a change may make a sound, or correct what a device shows."""
    if record.kind not in LEVELS or not access.has_readers(record.space):
        return False
    if record.kind == "request":
        return record.data.get("state") == UNMET
    return record.kind != "membership" or record.seq != record.first_seq  # nothing was ever shown of a new space


def is_news(record: Record) -> bool:
    """Tell whether a record is worth a sound as it is now. One that is deleted, taken back or over is no news."""
    return not record.deleted and not is_taken_back(record) and (record.kind, record.data.get("state")) not in OVER
