"""Who has to be notified of what has been stored. It is gathered here, and rung for each user once.

A worker that dies leaves what it has gathered; see `heart.py`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import uuid_utils
from pymongo.errors import PyMongoError

from schemas.errors import Problem
from server.commands.context import SYSTEM as BESIDE
from server.commands.context import Clock
from server.store.accounts import People
from server.store.reader import Feed
from sync.record import Key, Record, Wire, private

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
SYSTEM = BESIDE.user
OVER = {("session", "closing"), ("session", "closed"), ("call", "over"), ("sos", "closed")}  # nobody is woken for it
ABOUT = 20  # records named at most, of those that are new for somebody

Order = Callable[[str, Wire, str], list[Record]]


class Note(NamedTuple):
    """Something has changed, by somebody; who does not need to be told of it."""

    key: Key
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

    def __len__(self) -> int:
        """Return how much has been gathered."""
        return len(self._notes)

    def hear(self, records: Sequence[Record], by: str) -> None:
        """Note what somebody has changed: the effect of every change. Costs nothing but memory."""
        notes = {Note(record.key, by, level_of(record, by)) for record in records if concerns(record)}
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
            for user, (level, about) in wanted.items():
                self._ring(user, level, about)
        except (Problem, PyMongoError):
            with self._lock:
                self._notes |= notes
            raise
        return len(wanted)

    def _wanted(self, notes: Iterable[Note]) -> dict[str, tuple[int, list[Key]]]:
        """Return {user: (the loudest level, what is of it)} for those who have a device that can be reached."""
        heard: dict[str, list[Note]] = {}
        readers = self._readers({note.key.space for note in notes})
        for note in notes:
            users = {note.by} if note.level == 0 else readers[note.key.space] - {note.by}
            for user in users:
                heard.setdefault(user, []).append(note)
        reachable = self._people.reachable(heard) if heard else set()
        return {user: _loudest(found) for user, found in heard.items() if user in reachable}

    def _readers(self, spaces: set[str]) -> dict[str, set[str]]:
        """Return {space: the users who share it}."""
        keys = [Key(space, "pairing", space.partition(":")[2]) for space in spaces if space.startswith("pair:")]
        found = {key.space: set(record.hidden["users"].values()) for key, record in self._feed.get(keys).items()}
        there = [_membership(user, space) for space, users in found.items() for user in users]
        gone = {key for key, record in self._feed.get(there).items() if record.deleted}
        found = {space: {u for u in users if _membership(u, space) not in gone} for space, users in found.items()}
        own = {space: {space.partition(":")[2]} for space in spaces if space.startswith("user:")}
        return {**{space: set() for space in spaces}, **found, **own}

    def _ring(self, user: str, level: int, about: list[Key]) -> None:
        """Ring for a user, unless what was rung before is looked at later than now anyway."""
        now = self._now()
        if now < self._until.get((user, level), 0):
            return
        wait = BADGE if level == 0 else PRESENCE if level == 1 and self._is_connected(user) else 0
        args = {"user": user, "level": level, "at": now + wait, "about": [list(key) for key in about]}
        self.order("bell.ring", args, str(uuid_utils.uuid7()))
        self._until = {key: until for key, until in self._until.items() if until > now} | {(user, level): now + wait}


def level_of(record: Record, by: str) -> int:
    """Return how loud a change is. To whoever is on call, a call; and to whoever called, that a person answers."""
    is_urgent = record.data.get("as") == "on_call" if record.kind == "call" else record.kind == "sos" and by != SYSTEM
    return URGENT if is_urgent else LEVELS[record.kind]


def _loudest(notes: Sequence[Note]) -> tuple[int, list[Key]]:
    level = max(note.level for note in notes)
    return level, sorted({note.key for note in notes if note.level == level > 1})[:ABOUT]


def concerns(record: Record) -> bool:
    """Tell whether somebody may have to be notified of a change. What is deleted, or over, is nothing new."""
    is_over = record.deleted or (record.kind, record.data.get("state")) in OVER
    return record.kind in LEVELS and not is_over and record.space.startswith(("pair:", "user:"))


def _membership(user: str, space: str) -> Key:
    return Key(private(user), "membership", space.replace(":", ".", 1))


def _nothing(_name: str, _args: Wire, _cause: str) -> list[Record]:
    return []
