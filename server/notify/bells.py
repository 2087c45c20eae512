"""Who has to be notified of what has been stored. It is gathered here, and rung for each user once.

A worker that dies leaves what it has gathered; see `heart.py`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import uuid_utils
from pymongo.errors import PyMongoError

from server.command import Clock
from server.errors import Problem
from server.records import Key, Record, Wire, private
from server.store.feed import Feed
from server.store.people import People

PRESENCE = 8_000  # ms that a connected phone has to say that messages have arrived, before it is notified all the same
BADGE = 10_000  # ms after which the number on the icon is put right, so that it is done once for much reading

LEVELS: Mapping[str, int] = {  # kind: how loud; 0 puts the number right, 1 is for messages, 3 breaks quiet hours
    "position": 0,
    "message": 1,
    **dict.fromkeys(
        (
            "agreement", "call", "debrief", "disclosure", "escalation", "handover", "letter", "milestone", "nudge",
            "offer", "pairing", "promise", "question", "repair", "report", "session", "shortlist", "sos", "suggestion",
        ),
        2,
    ),
}  # fmt: skip
URGENT = 3
OVER = {("session", "closing"), ("session", "closed"), ("call", "over")}  # states that nobody is woken for

Order = Callable[[str, Wire, str], list[Record]]


class Note(NamedTuple):
    """Something has changed in a space, by somebody; who does not need to be told of it."""

    space: str
    by: str
    level: int


class Bells:
    """Gathers what has changed, and rings for those whom it concerns and who can be reached."""

    def __init__(self, feed: Feed, people: People, is_connected: Callable[[str], bool], now: Clock) -> None:
        """Take what tells whether a phone of a user is connected to this worker."""
        self._feed, self._people, self._is_connected, self._now = feed, people, is_connected, now
        self.order: Order = _nothing  # how a mutation of Beside's own is done
        self._notes: set[Note] = set()
        self._until: dict[tuple[str, int], int] = {}  # by user and level: when what was rung is looked at
        self._lock, self.called = threading.Lock(), threading.Event()

    def hear(self, records: Sequence[Record], by: str) -> None:
        """Note what somebody has changed: the effect of every change. Costs nothing but memory."""
        notes = {Note(record.space, by, level_of(record)) for record in records if _concerns(record)}
        if notes:
            with self._lock:
                self._notes |= notes
            self.called.set()

    def ring(self) -> int:
        """Ring for all that has been gathered; return for how many users. What fails is gathered again."""
        with self._lock:
            notes, self._notes = self._notes, set()
        try:
            wanted = self._wanted(notes)
            for user, level in wanted.items():
                self._ring(user, level)
        except (Problem, PyMongoError):
            with self._lock:
                self._notes |= notes
            raise
        return len(wanted)

    def _wanted(self, notes: Iterable[Note]) -> dict[str, int]:
        """Return {user: level}, the loudest of each, for those who have a device that can be reached."""
        levels: dict[str, int] = {}
        readers = self._readers({note.space for note in notes})
        for note in notes:
            users = {note.by} if note.level == 0 else readers[note.space] - {note.by}
            for user in users:
                levels[user] = max(note.level, levels.get(user, 0))
        reachable = self._people.reachable(levels) if levels else set()
        return {user: level for user, level in levels.items() if user in reachable}

    def _readers(self, spaces: set[str]) -> dict[str, set[str]]:
        """Return {space: the users who share it}."""
        keys = [Key(space, "pairing", space.partition(":")[2]) for space in spaces if space.startswith("pair:")]
        found = {key.space: set(record.hidden["users"].values()) for key, record in self._feed.get(keys).items()}
        there = [_membership(user, space) for space, users in found.items() for user in users]
        gone = {key for key, record in self._feed.get(there).items() if record.deleted}
        found = {space: {u for u in users if _membership(u, space) not in gone} for space, users in found.items()}
        own = {space: {space.partition(":")[2]} for space in spaces if space.startswith("user:")}
        return {**{space: set() for space in spaces}, **found, **own}

    def _ring(self, user: str, level: int) -> None:
        """Ring for a user, unless what was rung before is looked at later than now anyway."""
        now = self._now()
        if now < self._until.get((user, level), 0):
            return
        wait = BADGE if level == 0 else PRESENCE if level == 1 and self._is_connected(user) else 0
        self.order("bell.ring", {"user": user, "level": level, "at": now + wait}, str(uuid_utils.uuid7()))
        self._until = {key: until for key, until in self._until.items() if until > now} | {(user, level): now + wait}


def level_of(record: Record) -> int:
    """Return how loud a change is."""
    return URGENT if record.kind == "call" and record.data.get("as") == "on_call" else LEVELS[record.kind]


def _concerns(record: Record) -> bool:
    """Tell whether somebody may have to be notified of a change. What is deleted, or over, is nothing new."""
    is_over = record.deleted or (record.kind, record.data.get("state")) in OVER
    return record.kind in LEVELS and not is_over and record.space.startswith(("pair:", "user:"))


def _membership(user: str, space: str) -> Key:
    return Key(private(user), "membership", space.replace(":", ".", 1))


def _nothing(_name: str, _args: Wire, _cause: str) -> list[Record]:
    return []
