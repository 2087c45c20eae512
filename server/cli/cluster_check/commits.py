"""Checks of commits, the layout number and leases, made with the product's own parts."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

from pymongo.errors import PyMongoError

from server.cli.cluster_check.own_database import records_of
from server.cli.cluster_check.report import FAILED, OK, WARNING, Row
from server.store import layout, leases, ledger, transaction
from server.store.change_set import ChangeSet
from server.store.database import Mongo
from server.store.reader import Reader
from server.store.sessions import Sessions
from server.store.spaces import SpaceCache
from sync.clock import MINUTE
from sync.record import Key, Record

COMMITS = 100
SLOW_COMMIT = 50.0  # ms
TAKERS = 8
EXPIRY_PATIENCE = 10.0  # seconds in which a lease of 1 ms is over
TRANSIENT = "TransientTransactionError"
UNFIT = "Beside would lose or double changes here: do not go live. Does MONGODB_URI name a MongoDB?"


class Commits:
    """Change sets of one message each, on a database."""

    def __init__(self, database: Mongo) -> None:
        self._database, self.sessions = database, Sessions(database)
        self._records = records_of(database)
        self._reader = Reader(self._records, self.sessions)

    def of(self, space: str, name: str, *, layout: int = layout.LAYOUT) -> ChangeSet:
        """Return the change set by which a worker of a layout stores a message."""
        change_set = ChangeSet(self._records, SpaceCache())
        with self.sessions.reads():
            changed = change_set.put([Record(name, "message", space, "check", {"text": "hello"})])
        entry = ledger.entry(f"check|{name}", "", changed)
        change_set.rows = [{**entry.row(time.time_ns() // 1_000_000, "check"), "layout": layout}]
        return change_set

    def store(self, change_set: ChangeSet) -> None:
        """Store a change set; raises what `transaction.store` raises."""
        transaction.store(self._records, change_set, self.sessions)

    def begin_another(self, change_set: ChangeSet, meanwhile: ChangeSet) -> Exception | None:
        """Write a change set, and store ``meanwhile`` before its commit; return the error of ``meanwhile``, or None."""
        writes = list(transaction.commands(self._records, change_set))
        with self.sessions.transaction() as session:
            for command in writes:
                if command.get("documents") or command.get("updates"):
                    self._database.command(command, session=session)
            try:
                self.store(meanwhile)
            except (transaction.Moved, PyMongoError) as error:
                return error
        return None

    def found(self, space: str, name: str) -> tuple[bool, int, bool]:
        """Return whether a message is stored, the head of its space, and whether the ledger has it."""
        key = Key(space, "message", name)
        with self.sessions.reads():
            head = self._reader.extents([space])
            entry = ledger.find(self._database, [f"check|{name}"])
            return key in self._reader.get([key]), head[space].head if space in head else 0, bool(entry)


def transactions(database: Mongo) -> Iterator[Row]:
    """Check that a commit is stored whole or not at all, and that only one of two conflicting commits is stored."""
    commits, space = Commits(database), "pair:transactions"
    commits.store(commits.of(space, "whole"))
    wrong = [] if commits.found(space, "whole") == (True, 1, True) else ["a commit was not stored whole"]
    entered = commits.of(space, "aborted")
    entered.rows = [{**entered.rows[0], "_id": "check|whole"}]  # refused, as the last write of the transaction
    try:
        commits.store(entered)
        wrong.append("the ledger took a mutation twice")
    except transaction.Moved:
        if commits.found(space, "aborted") != (False, 1, False):
            wrong.append("a commit that was refused was stored in part")
    refusal = commits.begin_another(commits.of(space, "first"), commits.of(space, "second"))
    if refusal is None or commits.found(space, "second")[0]:
        wrong.append("two commits were stored at the same place")
    elif not isinstance(refusal, transaction.Moved) or not _is_transient(refusal):
        wrong.append(f"a conflict was not answered as one, but as {type(refusal.__cause__ or refusal).__name__}")
    if commits.found(space, "first") != (True, 2, True):
        wrong.append("the faster of two commits was not stored")
    if wrong:
        yield Row("transactions", FAILED, "; ".join(wrong), UNFIT)
    else:
        yield Row("transactions", OK, "stored whole or not at all; a conflict is answered as one")


def _is_transient(error: Exception) -> bool:
    return isinstance(error.__cause__, PyMongoError) and error.__cause__.has_error_label(TRANSIENT)


def commit_time(database: Mongo) -> Iterator[Row]:
    """Measure commits that come one after the other, each acknowledged by a majority, with its journal."""
    commits, times = Commits(database), []
    for number in range(COMMITS):
        change_set = commits.of("pair:times", f"time-{number}")
        start = time.perf_counter()
        commits.store(change_set)
        times.append((time.perf_counter() - start) * 1000)
    median = statistics.median(times)
    found = f"{COMMITS} commits: {median:.1f} ms (median), {max(times):.1f} ms (slowest)"
    if median > SLOW_COMMIT:
        advice = "Each message waits for one commit: put the members nearer together, or on faster disks."
        yield Row("commit time", WARNING, found, advice)
    else:
        yield Row("commit time", OK, found)


def layout_number(database: Mongo) -> Iterator[Row]:
    """Check that the database refuses the commits of a worker of another layout."""
    commits, space = Commits(database), "pair:layout"
    try:
        commits.store(commits.of(space, "later", layout=layout.LAYOUT + 1))
    except transaction.Outdated:
        if commits.found(space, "later") == (False, 0, False):
            yield Row("layout", OK, "a commit of another layout is refused")
            return
    advice = "Do not replace workers one by one: stop all workers of the old version first."
    yield Row("layout", FAILED, "a commit of another layout is not refused", advice)


def lease(database: Mongo) -> Iterator[Row]:
    """Let several workers take one lease; check that one of them gets it, and that the database's clock ends it."""

    def take(number: int) -> bool:
        return leases.take(database, "check", f"taker-{number}", MINUTE)

    with ThreadPoolExecutor(TAKERS) as pool:
        won = [number for number, has in enumerate(pool.map(take, range(TAKERS))) if has]
    row = database.leases.find_one({"_id": "check"})
    now = database.client.admin.command("hello")["localTime"].replace(tzinfo=UTC).timestamp() * 1000
    wrong = [] if len(won) == 1 else [f"{len(won)} of {TAKERS} have taken one lease"]
    if row is None or not now < row["until"] <= now + 2 * MINUTE:
        wrong.append("its end is not by the database's clock")
    for number in won:
        leases.take(database, "check", f"taker-{number}", 1)  # renewed, for 1 ms
    until = time.monotonic() + EXPIRY_PATIENCE
    while not leases.take(database, "check", "successor", 1):
        if time.monotonic() > until:
            wrong.append("it did not end")
            break
    if wrong:
        yield Row("leases", FAILED, "; ".join(wrong), "Timers would run twice, or not at all: do not go live.")
    else:
        yield Row("leases", OK, f"one of {TAKERS} has it, by the database's clock, and the next one after it")
