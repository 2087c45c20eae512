"""Enqueueing: for each user whom changes concern and who can be reached, one record says when to notify the user."""

from collections.abc import Callable, Iterable, Sequence

import uuid_utils
from pymongo.errors import PyMongoError

from schemas.bell import ABOUT
from schemas.errors import Problem
from server.commands import access
from server.commands.context import Clock
from server.commands.personal.bell import URGENT, About, bell_key, bell_of, joined
from server.commands.personal.quiet import loud_from, quiet_key
from server.notifications.pending import Note, PendingNotifications
from server.store.in_flight import GROUP
from server.store.push_tokens import PushTokens
from server.store.reader import Reader
from sync.record import Record, Wire, is_private, private, space_id

PRESENCE = 8_000  # ms in which a connected device can report that a change has arrived; else it is notified as well
BADGE = 10_000  # ms after which silent corrections are sent, so that reading many messages is one correction

Orders = Callable[[str, Iterable[tuple[Wire, str]]], None]
Connected = Callable[[Sequence[str]], set[str]]


class Enqueuer:
    """Turns pending notifications into records that the scheduler finds due."""

    def __init__(
        self,
        pending: PendingNotifications,
        reader: Reader,
        push_tokens: PushTokens,
        connected: Connected,
        order_all: Orders,
        now: Clock,
    ) -> None:
        """Take ``connected``, which returns those rooms that have a phone on any worker, and what runs commands."""
        self._pending, self._reader, self._push_tokens = pending, reader, push_tokens
        self._connected, self._order_all, self._now = connected, order_all, now

    def enqueue(self) -> int:
        """Enqueue all pending notifications; return for how many users. If this fails, all are pending again."""
        notes = self._pending.take()
        try:
            wanted = self._wanted(notes)
            orders = self._orders(wanted)
            for start in range(0, len(orders), GROUP):
                self._order_all(
                    "bell.ring", [(args, str(uuid_utils.uuid7())) for args in orders[start : start + GROUP]]
                )
        except (Problem, PyMongoError):
            self._pending.put_back(notes)
            raise
        return len({user for user, _ in wanted})

    def _wanted(self, notes: Iterable[Note]) -> dict[tuple[str, int], About]:
        """Return {(user, level): the changes} for users who have a device that can be reached."""
        heard: dict[str, list[Note]] = {}
        with self._reader.consistent():
            readers = access.readers(self._reader.get, (note.key.space for note in notes))
        for note in notes:
            for user in _concerned(note, readers[note.key.space]):
                heard.setdefault(user, []).append(note)
        reachable = self._push_tokens.reachable(heard) if heard else set()
        return {(user, level): about for user in heard if user in reachable for level, about in _levels(heard[user])}

    def _orders(self, wanted: dict[tuple[str, int], About]) -> list[Wire]:
        """Return the arguments of `bell.ring`, except where a stored notification of the level serves as well.

        If a device of the user is connected, a notification waits for PRESENCE, as the device may show the change by
        itself. Quiet hours hold all notifications but calls for help, which wait for nothing.
        """
        now = self._now()
        waited_for = [private(user) for user, level in wanted if 0 < level < URGENT]
        connected = self._connected(waited_for) if waited_for else set()
        users = {user for user, _ in wanted}
        stored = self._reader.get([*map(quiet_key, users), *map(bell_key, users)])
        orders = []
        for (user, level), about in wanted.items():
            wait = BADGE if level == 0 else PRESENCE if level < URGENT and private(user) in connected else 0
            at = now + wait if level == URGENT else loud_from(stored.get(quiet_key(user)), now + wait)
            if about or not _comes(stored.get(bell_key(user)), level, now, at):
                orders.append({**bell_of(user), "level": level, "at": at, "about": about})
        return orders


def _comes(bell: Record | None, level: int, now: int, at: int) -> bool:
    """Tell whether a stored notification of a level is due after now and by ``at``, and so is not on its way yet.

    Its content is decided from the state when it is due, so it includes what happens until then.
    """
    due = bell.data["dues"].get(str(level)) if bell else None
    return due is not None and now < due["at"] <= at


def _concerned(note: Note, readers: set[str]) -> set[str]:
    """Return the users to notify: the readers without the author; of a silent change in a private space, its user."""
    if note.level == 0 and is_private(note.key.space):
        return {space_id(note.key.space)} & readers
    return readers - {note.by}


def _levels(notes: Sequence[Note]) -> list[tuple[int, About]]:
    """Return [(level, changes)] for one user; messages and silent corrections need no list of changes.

    A notification with a sound also corrects the number on the icon, so level 0 is then left out.
    """
    levels = {note.level for note in notes}
    levels = levels - {0} or levels
    changes = {level: [[*note.key, note.seq] for note in notes if note.level == level] for level in levels if level > 1}
    return [(level, joined([], changes.get(level, []))[:ABOUT]) for level in sorted(levels)]
