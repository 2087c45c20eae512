"""The load: two workers, several writers and readers at once, and a step-down if asked for; then the verdict."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from itertools import islice

import pymongo
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from server.cli.cluster_check import verdict
from server.cli.cluster_check.report import FAILED, NOT_CHECKED, OK, WARNING, Row, words
from server.cli.cluster_check.target import Target
from server.cli.cluster_check.traffic import (
    AGAIN,
    OPERATOR,
    READERS,
    SPACES,
    Acknowledged,
    Phone,
    PlainSessions,
    Worker,
    write,
)
from server.cli.cluster_check.verdict import Stored
from server.store import ledger
from sync.pull import Vector

WORKERS, WRITERS_EACH = 2, 4
PATIENCE = 60.0  # seconds for writers and phones to finish at the end: an election takes less
AWAY = 10  # seconds for which a primary that steps down does not come back
LONG_PAUSE = 30.0  # seconds without a commit after a step-down
AT_ONCE = 5_000  # entries of the ledger that are read at once
BY_HAND = "Run rs.stepDown(10) on the primary of one shard while this check runs, and look at the longest pause."


class Load:
    """One run of the load on the check's own database."""

    def __init__(self, target: Target, name: str) -> None:
        self._target, self._name = target, name
        self.acknowledged = Acknowledged()
        self._stopped, self._gave_up = threading.Event(), threading.Event()
        self.workers: list[Worker] = []
        self.phones: list[Phone] = []
        self.plain: Phone

    def rows(self) -> Iterator[Row]:
        """Run the load, and give what was found."""
        with ExitStack() as stack:
            for number in range(WORKERS):
                self.workers.append(Worker(self._target.uri, self._name, number))
                stack.callback(self.workers[-1].client.close)
            self._meet()
            step_down = self._run()
            stored = self._settled()
            self._catch_up(stored.heads)
            yield verdict.figures(self.acknowledged, [worker.sessions for worker in self.workers])
            yield verdict.writers(self.acknowledged, stored)
            yield verdict.readers(self.phones, stored)
            yield verdict.plain_reads(self.plain, stored)
            yield step_down

    def _meet(self) -> None:
        """Store the spaces, and let all phones pull them, so that each phone gets every message in its order."""
        self.workers[0].prepare()
        *served, last = READERS
        self.phones = [self.workers[number % WORKERS].phone(user) for number, user in enumerate(served)]
        self.plain = self.workers[0].phone(last, PlainSessions(self.workers[0].database))
        until = time.monotonic() + PATIENCE
        for phone in (*self.phones, self.plain):
            while phone.pull() or len(phone.positions) < len(SPACES):
                if time.monotonic() > until:
                    raise TimeoutError(phone.user)

    def _run(self) -> Row:
        """Let writers write and readers read for some seconds; return what came of the step-down."""
        self.acknowledged = Acknowledged()
        with ThreadPoolExecutor(WORKERS * WRITERS_EACH + len(READERS)) as pool:
            ended = threading.Event()
            try:
                readers = [pool.submit(phone.follow, ended) for phone in (*self.phones, self.plain)]
                writers = [
                    pool.submit(write, worker, f"w{i}-{j}", self.acknowledged, self._stopped, self._gave_up)
                    for i, worker in enumerate(self.workers)
                    for j in range(WRITERS_EACH)
                ]
                row = self._wait(writers)
                ended.set()
                for future in (*writers, *readers):
                    future.result()
            finally:  # also after Ctrl-C
                for event in (self._stopped, self._gave_up, ended):
                    event.set()
        return row

    def _wait(self, writers: list[Future[None]]) -> Row:
        row, began, third = None, time.monotonic(), self._target.seconds / 3
        while (passed := time.monotonic() - began) < self._target.seconds and not any(one.done() for one in writers):
            if row is None and passed >= third:
                row = self._step_down()
            self._beat(min(AGAIN, third))
        self._stopped.set()
        late = time.monotonic() + PATIENCE
        while not all(one.done() for one in writers) and time.monotonic() < late:
            self._beat(AGAIN)
        self._gave_up.set()
        return self._judged(row or Row("step-down", NOT_CHECKED, "the load ended before"))

    def _beat(self, pause: float) -> None:
        """Wait for some seconds, and do what the heartbeat of a worker does."""
        time.sleep(pause)  # the writers are threads, and no event tells that one of them has ended
        for worker in self.workers:
            with suppress(PyMongoError):
                worker.group_commit.settle()

    def _step_down(self) -> Row:
        """Ask the primary to step down, if the operator wants it; the row is OK if it does."""
        check = "step-down"
        if self._target.is_cluster:
            return Row(check, NOT_CHECKED, "a router cannot ask a shard's primary to step down", BY_HAND)
        if not self._target.fails_over:
            return Row(check, NOT_CHECKED, "no step-down was asked for", "FAILOVER=1 lets the primary step down once.")
        try:
            with pymongo.timeout(PATIENCE):
                self._target.main.client.admin.command("replSetStepDown", AWAY)
        except AutoReconnect:  # it has closed its connections
            pass
        except OperationFailure as error:
            return Row(
                check, NOT_CHECKED, f"the primary did not step down: {words(error)}", "Run rs.stepDown(10) by hand."
            )
        return Row(check, OK, "the primary stepped down")

    def _judged(self, row: Row) -> Row:
        pause = self.acknowledged.longest_pause
        if row.result != OK:
            return row
        found = f"{row.found}; nothing was stored for {pause:.1f} s, then everything went on"
        if self.acknowledged.unknown:
            return row._replace(result=FAILED, found=f"{row.found}; {PATIENCE:.0f} s later nothing is stored")
        if pause > LONG_PAUSE:
            return row._replace(
                result=WARNING, found=found, advice="An election should take less: see electionTimeoutMillis."
            )
        return row._replace(found=found)

    def _settled(self) -> Stored:
        """Return all that is stored, as soon as it includes everything acknowledged, or after PATIENCE seconds."""
        until, reader = time.monotonic() + PATIENCE, self.workers[0].reader
        while True:
            try:
                heads = {space: extent.head for space, extent in reader.proven(SPACES).items()}
                with reader.consistent():
                    records = {space: reader.after(space, 0, head, head) for space, head in heads.items()}
                    stored = Stored(heads, records, self._unknown_to_ledger())
            except PyMongoError:
                if time.monotonic() > until:
                    raise
            else:
                if stored.is_whole or time.monotonic() > until:
                    return stored
            time.sleep(AGAIN)  # nothing tells when a commit becomes visible on every shard

    def _unknown_to_ledger(self) -> int:
        """Return how many acknowledged mutations the ledger does not have."""
        names = iter([f"{OPERATOR}|{name}" for each in self.acknowledged.names.values() for name in each])
        missing = 0
        while some := list(islice(names, AT_ONCE)):
            missing += len(some) - len(ledger.find(self.workers[0].database, some))
        return missing

    def _catch_up(self, heads: Vector) -> None:
        """Let all phones pull until they are at the head of every space."""
        for phone in (*self.phones, self.plain):
            until = time.monotonic() + PATIENCE
            while phone.pull() or any(phone.positions[space] < head for space, head in heads.items()):
                if time.monotonic() > until:
                    break
