"""Two workers as the product builds them, and what phones do with them: some write, some read."""

import itertools
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError

from schemas.errors import NotYet
from server.accounts.cursors import ShortCursors
from server.accounts.tokens import Tokens
from server.cli.cluster_check.own_database import records_of
from server.commands.context import Caller
from server.store import ledger
from server.store.change_set import ChangeSet
from server.store.database import Mongo, connect, database
from server.store.group_commit import GroupCommit
from server.store.long_cursors import LongCursors
from server.store.pending import PendingMutation
from server.store.reader import Reader
from server.store.sessions import Sessions
from sync.pull import Puller, Vector
from sync.record import Key, Record, Wire, membership_key, pair_space, space_id

SPACES = [pair_space(f"check{number}") for number in range(3)]
READERS = ["reader0", "reader1", "reader2", "reader3", "plain"]
OPERATOR = "operator"
SECRET = secrets.token_hex(32)  # signs the cursors of this run
PAGE = 100  # changes of a page
BETWEEN_PULLS = 0.02  # seconds
AGAIN = 0.1  # seconds after which something that failed is tried again


class CountedSessions(Sessions):
    """Sessions that count commits and conflicts."""

    def __init__(self, database: Mongo) -> None:
        super().__init__(database)
        self.commits = self.conflicts = 0

    @contextmanager
    def transaction(self) -> Iterator[ClientSession]:
        """Give a session with a transaction; count it as a commit, or as a conflict if the database refuses it."""
        try:
            with super().transaction() as session:
                yield session
        except OperationFailure:
            self.conflicts += 1
            raise
        self.commits += 1


class PlainSessions(Sessions):
    """Reads without causal consistency. They show what the product would miss without its sessions."""

    def reads(self) -> Any:
        """Do nothing."""
        return nullcontext()


class Worker:
    """The parts of one worker that store and read, with connections of their own."""

    def __init__(self, uri: str, name: str, number: int) -> None:
        self.client = connect(uri).client
        self.database = database(self.client, name)
        self.sessions = CountedSessions(self.database)
        self.records = records_of(self.database)
        self.reader = Reader(self.records, self.sessions)
        self.group_commit = GroupCommit(
            self.records, self.sessions, f"check-{number}", _now, lambda _: None, lambda: False
        )

    def phone(self, user: str, sessions: Sessions | None = None) -> "Phone":
        """Return a phone that this worker serves; ``sessions`` replace those of the worker."""
        reader = self.reader if sessions is None else Reader(self.records, sessions)
        return Phone(user, Puller(reader, ShortCursors(Tokens([SECRET]), LongCursors(self.database, _now))))

    def prepare(self) -> None:
        """Store the spaces, and the memberships of their readers."""
        members = {f"m{number}": user for number, user in enumerate([*READERS, OPERATOR])}
        pairings = [
            Record(space_id(space), "pairing", space, "m0", {"state": "active"}, hidden={"users": members})
            for space in SPACES
        ]
        memberships = [
            Record(key.id, key.kind, key.space, user, {"space": space, "member": member})
            for space in SPACES
            for member, user in members.items()
            for key in [membership_key(user, space)]
        ]
        records = [*pairings, *memberships]
        pending = _pending("prepare", lambda _: records, [record.key for record in records])
        self.group_commit.run([pending])
        if pending.problem is not None:
            raise pending.problem

    def send(self, space: str, name: str) -> None:
        """Send a message; raises NotYet if it is not known to be stored."""
        message = Record(name, "message", space, "m0", {"text": "A message of the check, of a usual length. " * 3})
        pairing = Key(space, "pairing", space_id(space))

        def decide(change_set: ChangeSet) -> list[Record]:
            found = change_set.get(pairing)
            if found is None or found.data["state"] != "active":
                raise LookupError(space)
            return [message]

        pending = _pending(name, decide, [message.key], creates=message.key)
        self.group_commit.run([pending])
        if pending.problem is not None:
            raise pending.problem


class Phone:
    """One phone that pulls: its positions, and the messages that it has."""

    def __init__(self, user: str, puller: Puller) -> None:
        self.user, self._puller, self._caller = user, puller, Caller(user, f"phone-{user}", "peer")
        self._cursor: str | None = None
        self.positions: Vector = {}
        self.has: dict[str, set[str]] = {space: set() for space in SPACES}
        self.resets = 0

    def pull(self) -> bool:
        """Pull a page; return whether there is more. Raises PyMongoError."""
        args: Wire = {"cursor": self._cursor, "seen": {}, "spaces": SPACES, "limit": PAGE}
        page = self._puller.page(self._caller, args)
        for change in page["changes"]:
            if change["kind"] == "message":
                self.has[change["space"]].add(change["id"])
        self._cursor = page["cursor"]
        self.positions |= page["positions"]
        self.resets += len(page["reset"])
        return bool(page["more"])

    def follow(self, stopped: threading.Event) -> None:
        """Pull again and again."""
        while not stopped.is_set():
            try:
                if self.pull():
                    continue
            except PyMongoError:
                stopped.wait(AGAIN)
            stopped.wait(BETWEEN_PULLS)


class Acknowledged:
    """The messages that were acknowledged, and when."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.started = self._last = time.monotonic()
        self.names: dict[str, set[str]] = {space: set() for space in SPACES}
        self.times: list[float] = []  # seconds that each message took
        self.longest_pause = 0.0  # seconds without any acknowledgement
        self.unknown = 0  # messages of which it is not known whether they are stored

    def add(self, space: str, name: str, took: float) -> None:
        """Take note of a message."""
        with self._lock:
            now = time.monotonic()
            self.names[space].add(name)
            self.times.append(took)
            self.longest_pause = max(self.longest_pause, now - self._last)
            self._last = now

    def give_up(self) -> None:
        """Take note of a message that has no answer in the end."""
        with self._lock:
            self.unknown += 1

    @property
    def seconds(self) -> float:
        """The seconds from the beginning to the last acknowledgement."""
        return self._last - self.started


def write(
    worker: Worker, writer: str, acknowledged: Acknowledged, stopped: threading.Event, gave_up: threading.Event
) -> None:
    """Send messages until ``stopped`` is set; send each again until it is acknowledged or ``gave_up`` is set."""
    for number in itertools.count():
        if stopped.is_set():
            return
        space, name, start = SPACES[number % len(SPACES)], f"{writer}-{number}", time.monotonic()
        while True:
            try:
                worker.send(space, name)
            except NotYet:
                if gave_up.wait(AGAIN):
                    acknowledged.give_up()
                    return
            else:
                acknowledged.add(space, name, time.monotonic() - start)
                break


def _pending(name: str, decide: Any, targets: list[Key], creates: Key | None = None) -> PendingMutation:
    digest = ledger.digest(SECRET.encode(), "check", name)
    return PendingMutation(f"{OPERATOR}|{name}", digest, "message.send", decide, targets, OPERATOR, creates)


def _now() -> int:
    return time.time_ns() // 1_000_000
