"""Enqueueing: for each user whom changes concern and who can be reached, one record says when to notify the user."""

from collections.abc import Callable, Iterable, Sequence

import uuid_utils
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.commands import access
from server.commands.context import Clock
from server.notifications.pending import Note, PendingNotifications
from server.store.accounts import AccountStore
from server.store.reader import Reader
from sync.record import Key, Record, Wire

PRESENCE = 8_000  # ms in which a connected phone can say that messages have arrived; else it is notified all the same
BADGE = 10_000  # ms after which the number on the icon is corrected, so that reading many messages corrects it once
ABOUT = 20  # new records named in a notification at most

Order = Callable[[str, Wire, str], list[Record]]


class Enqueuer:
    """Turns pending notifications into records that the scheduler finds due."""

    def __init__(
        self,
        pending: PendingNotifications,
        reader: Reader,
        account_store: AccountStore,
        is_connected: Callable[[str], bool],
        order: Order,
        now: Clock,
    ) -> None:
        """Take ``is_connected``, for users with a phone on this worker, and ``order``, which runs internal commands."""
        self._pending, self._reader, self._account_store = pending, reader, account_store
        self._is_connected, self._order, self._now = is_connected, order, now
        self._until: dict[tuple[str, int], int] = {}  # {(user, level): ms at which the enqueued one is due}

    def enqueue(self) -> int:
        """Enqueue all pending notifications; return for how many users. If this fails, all are pending again."""
        notes = self._pending.take()
        try:
            wanted = self._wanted(notes)
            for user, (level, about) in wanted.items():
                self._enqueue(user, level, about)
        except (Problem, PyMongoError):
            self._pending.put_back(notes)
            raise
        return len(wanted)

    def _wanted(self, notes: Iterable[Note]) -> dict[str, tuple[int, list[Key]]]:
        """Return {user: (the loudest level, keys of its records)} for users who have a device that can be reached."""
        heard: dict[str, list[Note]] = {}
        with self._reader.consistent():
            readers = access.readers(self._reader.get, (note.key.space for note in notes))
        for note in notes:
            users = {note.by} if note.level == 0 else readers[note.key.space] - {note.by}
            for user in users:
                heard.setdefault(user, []).append(note)
        reachable = self._account_store.reachable(heard) if heard else set()
        return {user: _loudest(found) for user, found in heard.items() if user in reachable}

    def _enqueue(self, user: str, level: int, about: list[Key]) -> None:
        """Enqueue a notification for a user, unless one of this level is enqueued already and not due yet."""
        now = self._now()
        if now < self._until.get((user, level), 0):
            return
        wait = BADGE if level == 0 else PRESENCE if level == 1 and self._is_connected(user) else 0
        args = {"user": user, "level": level, "at": now + wait, "about": [list(key) for key in about]}
        self._order("bell.ring", args, str(uuid_utils.uuid7()))
        self._until = {key: until for key, until in self._until.items() if until > now} | {(user, level): now + wait}


def _loudest(notes: Sequence[Note]) -> tuple[int, list[Key]]:
    level = max(note.level for note in notes)
    return level, sorted({note.key for note in notes if note.level == level > 1})[:ABOUT]
