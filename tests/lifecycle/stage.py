"""The set-up of random stories: the same people at the start of each, workers that race, and power cuts."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint
from pymongo import MongoClient

from server import app
from server.jobs.specialist_index import SpecialistIndex
from server.matching.shortlist import shortlist
from server.store import transaction
from server.store.database import Document, database
from sync.clock import HOUR
from sync.record import Key
from tests.conftest import CONFIG, START, World
from tests.lifecycle.invariant_checker import InvariantChecker
from tests.lifecycle.matching_fixture import MatchingFixture
from tests.lifecycle.sweeper import drift, everything, orphans
from tests.phone import Phone
from tests.sync.power import Cut, PowerCut, Supply

LEASE = 20_000  # ms, after which another worker may run the timers
TABLES = ("records", "spaces", "users", "keys")


class Stage:
    """Each story has a database of its own, which has the same content at the start."""

    def __init__(self, client: MongoClient[Document], monkeypatch: pytest.MonkeyPatch) -> None:
        self._client, self._name = client, ""
        self._open()
        matching = MatchingFixture(World(self.mongo))
        ann, bob, cleo = matching.peer("ann"), matching.peer("bob"), matching.peer("cleo", age_band="under_18")
        sam = matching.specialist("sam", places=1)
        matching.specialist("tom", minors_ok=True)
        matching.bond(ann, sam)
        matching.specialist("una", minors_ok=True, standing_yes=True)
        matching.look(cleo)
        matching.choose(cleo, "Una")
        matching.look(bob)
        self._callers = {phone.user.removeprefix("id-"): phone.transport.caller for phone in matching.phones}
        self._rows = {name: list(self.mongo[name].find({})) for name in TABLES}
        self._supply = Supply(monkeypatch)
        monkeypatch.setattr(app, "pages", lambda *_: Blueprint("pages", __name__))
        monkeypatch.setattr(app, "serve", lambda *_: None)
        monkeypatch.setattr(transaction, "store", self._between(transaction.store))
        self._meanwhile: Callable[[], Any] | None = None

    def close(self) -> None:
        if self._name:
            self._client.drop_database(self._name)

    def begin(self) -> None:
        """Begin a new story."""
        self._supply.cut()
        self._open()
        self.world = World(self.mongo)
        for name, rows in self._rows.items():
            self.mongo[name].insert_many(rows)
        self.world.time = START + HOUR
        self.checker = InvariantChecker(self.mongo)
        self.checker.now = lambda: self.world.time
        self.phones: dict[str, Phone] = {}
        self.restart()
        for name, caller in self._callers.items():
            for number in "12":
                self.phones[name + number] = self.world.phone(caller, f"{name}{number}")

    def _open(self) -> None:
        self.close()
        self._name = f"test_{uuid.uuid4().hex[:12]}"
        self.mongo = database(self._client, self._name)

    def restart(self) -> None:
        """Let another worker take over; a second one is there for races."""
        self.world.restarted()
        self._other = app.build(CONFIG, self.mongo, lambda: self.world.time)
        for parts in (self.world.parts, self._other):
            parts.group_commit._after = self.checker.follow
        self.world.wait(LEASE)
        for phone in self.phones.values():
            phone.transport.parts = self.world.parts
        self.checker.remember()

    def due(self) -> None:
        """Run the timers, and check that each new short list would come out the same again."""
        before = {(one.space, one.seq) for one in everything(self.mongo) if one.kind == "shortlist"}
        self.world.parts.scheduler.run()
        for listed in everything(self.mongo):
            if listed.kind == "shortlist" and (listed.space, listed.seq) not in before:
                self._again(listed)

    def send(self, phone: Phone, how: str) -> None:
        """Send an outbox, or keep it; a lost answer or a second push finds the same mutations again."""
        if how == "offline":
            return
        kept = list(phone.outbox)
        phone.push()
        if how == "twice":
            phone.outbox = kept
            phone.push()
        elif how == "answer lost":
            phone.outbox = kept

    def at_once(self, work: Callable[[], Any], phone: Phone) -> None:
        """Do some work, and let a phone push to another worker between what is decided and what is stored."""

        def push() -> None:
            phone.transport.parts = self._other
            phone.push()
            phone.transport.parts = self.world.parts

        self._meanwhile = push
        work()
        self._meanwhile = None
        phone.push()

    def powered(self, work: Callable[[], Any], cut: Cut) -> None:
        """Do some work while the power fails at a write."""
        self._supply.cut(cut)
        try:
            work()
        except PowerCut:
            self._supply.cut()
            self.restart()
        self._supply.cut()

    def nothing_is_amiss(self) -> None:
        assert self.checker.broken == [], "\n".join(self.checker.broken)
        assert drift(self.mongo) == []
        assert orphans(self.mongo) == []
        records = everything(self.mongo)
        kept = {one.id: one.data["excluded"] for one in records if one.kind == "peer"}
        states = {(one.space, one.id): one.data["state"] for one in records if one.kind == "request"}
        for one in records:
            if one.kind == "shortlist":
                assert states[one.space, one.id] in {"open", "shortlisted"}, "a list is left that is of no use"
                if states[one.space, one.id] == "shortlisted":
                    never = {user for user, why in kept[one.author].items() if why["until"] is None}
                    assert never.isdisjoint(one.hidden["people"].values())

    def end(self) -> None:
        """Let every phone send and fetch everything: they must all show what a new phone shows."""
        for _ in range(3):
            self.due()
            for phone in self.phones.values():
                phone.sync()
        for name, phone in self.phones.items():
            assert not phone.outbox
            fresh = self.world.phone(self._callers[name[:-1]], "fresh")
            fresh.pull()
            assert shown(phone) == shown(fresh), name
        self.nothing_is_amiss()

    def _again(self, listed: Any) -> None:
        specialist_index = SpecialistIndex(self.world.parts.reader, lambda: self.world.time)
        pool = specialist_index.pool()
        if (listed.data["snapshot"], listed.data["at"]) != (specialist_index.version, self.world.time):
            return
        key = Key(listed.space, "request", listed.id)
        request = self.world.parts.reader.get([key])[key]
        [seeker] = self.world.parts.matchmaker.requesters([request])
        found = [(one.user, one.reasons, one.limit) for one in shortlist(pool, seeker, self.world.time)]
        cards = listed.hidden["people"]
        told = [(cards[one["id"]], one["reasons"], one["limit"]) for one in listed.data["people"]]
        assert found == told, f"found {found}, but told {told}, for {seeker}"
        self.checker.met["same again"] += 1

    def _between(self, store: Callable[..., Any]) -> Callable[..., Any]:
        def stored(*args: Any) -> Any:
            meanwhile, self._meanwhile = self._meanwhile, None
            if meanwhile is not None:
                meanwhile()
            return store(*args)

        return stored


def shown(phone: Phone) -> dict[Any, Any]:
    """Return the records that a phone shows: all but tombstones."""
    return {name: row for name, row in phone.replica.items() if not row.get("deleted")}
