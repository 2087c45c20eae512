"""The database fails at each step of a commit, in every way; the phone tries again. All is stored once, and heard of.

What a server answers is answered by the proxy: the embedded database labels no error of its `failCommand`, and cannot
lose the answer to a commit that it has done. `tests/faults/wire_errors.py` says which labels a server adds.
"""

import math
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
from pymongo import MongoClient, common

from server.commands.context import Caller
from server.effects import Effects
from server.store import group_commit, sessions, transaction
from server.store.database import Document, Mongo, database
from sync.push import settled
from sync.record import Key, Record
from tests.conftest import World
from tests.faults.wire import Body
from tests.faults.wire_errors import ABORTED, RETRIABLE, error
from tests.faults.wire_proxy import Fault, WireProxy
from tests.phone import Phone, Wire
from tests.transports import Failed
from tests.waiting import until

TIMEOUT = 500  # ms of one call to the database: so long does it take to give up
COMMIT = "commitTransaction"
STEPS = {"insert": "records", "update": "spaces", "bulkWrite": 1, COMMIT: 1}
APART = {"insert", "update"}  # steps of a commit that writes to each collection by itself: a large one, or to MongoDB 7
BEFORE, AFTER = "closed before it is done", "closed after it is done"
UNKNOWN = (50, *sorted(RETRIABLE))  # after these a commit may have been done
WAYS: tuple[int | str, ...] = (*UNKNOWN, *sorted(ABORTED), BEFORE, AFTER)
TIMES = {1: "once", 3: "three times", math.inf: "until it gives up"}


class Cell(NamedTuple):
    """One way to fail: at which step, how, and how many times in a row."""

    step: str
    how: int | str  # a code, or how the connection is closed
    done: bool  # the server has done it all the same
    times: float

    def __str__(self) -> str:
        done = " though done" if self.done and self.how in UNKNOWN else ""
        return f"{self.step} {self.how}{done} {TIMES[self.times]}"


CELLS = [Cell(step, how, how == AFTER, times) for step in STEPS for how in WAYS for times in (1, 3)]
CELLS += [Cell(COMMIT, code, done=True, times=times) for code in UNKNOWN for times in (1, 3)]
CELLS += [Cell(COMMIT, how, done, math.inf) for how, done in ((BEFORE, False), (AFTER, True), (10107, True))]


class Scene:
    """Two paired people on a server in this process, whose database fails."""

    def __init__(self, proxy: WireProxy, behind: Mongo, direct: Mongo, followed: list[Record]) -> None:
        self.proxy, self.direct, self.followed = proxy, direct, followed
        self.world = World(behind)
        self.sam, self.ann = self.world.person("sam", "specialist"), self.world.person("ann")
        self.space = self.world.paired(self.world.phone(self.sam), self.world.phone(self.ann))

    @property
    def head(self) -> int:
        row = self.direct.spaces.find_one({"_id": self.space})
        assert row is not None
        return int(row["head"])

    def fails(self, cell: Cell) -> Fault:
        """Let the database fail from now on."""

        def when(body: Body) -> bool:
            return "autocommit" in body and body[cell.step] == STEPS[cell.step]

        times: Any = cell.times
        if isinstance(cell.how, int):
            return self.proxy.answer(cell.step, error(cell.how), times, when, done=cell.done)
        return self.proxy.lose_answer(cell.step, times, when, done=cell.done)

    def sends(self, caller: Caller, fault: Fault | None = None) -> tuple[Wire, Wire]:
        """Let somebody send a message, as often as it takes; return the mutation and its outcome."""
        phone = self.world.phone(caller)  # with an empty outbox, whatever happened before
        mutation = phone.does("message.send", space=self.space, id=str(uuid.uuid4()), text="hello", origin="person")
        return mutation, self.answered(phone, fault)

    def answered(self, phone: Phone, fault: Fault | None = None) -> Wire:
        """Return the outcome of what a phone has in its outbox.

        A database that fails for ever does so until the phone has been told to try later.
        """

        def tried() -> list[Wire]:
            with suppress(Failed):
                if outcomes := [outcome for outcome in phone.push() if settled(outcome)]:
                    return outcomes
            if fault is not None and fault.left == math.inf:
                self.proxy.heal()
            return []

        outcomes: list[Wire] = until(tried, "there is no outcome")
        return outcomes[0]

    def wrongs(self, caller: Caller, mutation: Wire, outcome: Wire, seq: int) -> Iterator[str]:
        """Give what is wrong with a message that is to have this seq."""
        key = Key(self.space, "message", mutation["args"]["id"])
        if not outcome["ok"]:
            yield f"it was refused: {outcome}"
            return
        again = self.world.phone(caller)
        again.outbox = [mutation]
        if self.answered(again) != outcome:
            yield "it has another outcome when it is sent again"
        stored = list(self.direct.records.find({"space": self.space, "seq": {"$gte": seq}}))
        if [(row["id"], row["seq"], row["first_seq"]) for row in stored] != [(key.id, seq, seq)]:
            yield f"stored at {seq} and later is {stored}"
        if self.head != seq:
            yield f"the head is {self.head} and not {seq}"
        row = self.direct.ledger.find_one({"_id": f"{caller.user}|{mutation['id']}"})
        if row is None or row["keys"] != [list(key)]:
            yield f"the ledger says {row}"
        followed = {(record.key, record.seq) for record in self.followed if record.key == key or record.seq == seq}
        if not followed:
            yield "its effects never ran: no live frame, no notification"
        elif followed != {(key, seq)}:
            yield f"effects ran for {followed}"


@pytest.fixture(scope="module")
def staged(mongodb: str, client: MongoClient[Document]) -> Iterator[Scene]:
    """Return the scene of all tests: it takes longer to set than a message takes."""
    followed: list[Record] = []
    follow = Effects.follow

    def noting(self: Effects, stored: Any) -> None:
        followed.extend(record for changed, _ in stored for record in changed)
        follow(self, stored)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.005)  # pymongo's pause before it tries again
        patch.setattr(Effects, "follow", noting)
        patch.setattr(sessions, "LONGEST_TRANSACTION", TIMEOUT / 1000)
        patch.setattr(group_commit, "PATIENCE", TIMEOUT / 1000)
        name = f"test_{uuid.uuid4().hex[:12]}"
        proxy = WireProxy(mongodb)
        with MongoClient[Document](proxy.uri, timeoutMS=TIMEOUT) as behind:
            yield Scene(proxy, database(behind, name), database(client, name), followed)
        proxy.stop()
        client.drop_database(name)


@pytest.fixture
def scene(staged: Scene) -> Iterator[Scene]:
    """Return the scene with a database that does not fail yet, and a worker that has just stored something."""
    staged.world.restarted()
    staged.sends(staged.ann)
    staged.followed.clear()
    yield staged
    staged.proxy.heal()


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_a_message_is_stored_once_and_heard_of_when_the_database_fails(
    scene: Scene, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    if cell.step in APART:
        monkeypatch.setattr(transaction, "FEW", 0)
    fault, head = scene.fails(cell), scene.head
    sent = scene.sends(scene.ann, fault)
    assert fault.left < cell.times or cell.times == math.inf, "need a database that fails"
    scene.proxy.heal()
    wrongs = list(scene.wrongs(scene.ann, *sent, head + 1))
    wrongs += [f"afterwards: {wrong}" for wrong in scene.wrongs(scene.sam, *scene.sends(scene.sam), head + 2)]
    assert wrongs == []
