"""Both libraries and both kinds of phones on the same accounts, a bad network, wrong clocks: all end up equal.

A story is replayed by its seed, and made longer, with STORY_SEED=7 and STORY_STEPS=500 in the environment.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.adapters import rxdb
from tests.adapters.conftest import paired
from tests.adapters.program import Failure, Program
from tests.phone import Phone, Wire

STEPS = int(os.environ.get("STORY_STEPS", "50"))
SEEDS = [int(os.environ["STORY_SEED"])] if "STORY_SEED" in os.environ else [1, 2]
YEAR = 365 * 24 * 3600 * 1000  # ms
FAULTS: list[Wire] = [{"lost": True}, {"unanswered": True}, {"unanswered": True}, {"delay": 150}, {"wait": 150}]
KINDS = ("message", "note", "profile", "pairing", "membership", "position")  # without receipts, which are stored later
PARTS = {("pairing", "members"), ("pairing", "without"), ("profile", "languages")}  # text in WatermelonDB

State = dict[str, dict[str, Wire]]  # {table: {row id: cells}}


@pytest.fixture(scope="module")
def node() -> Iterator[Program]:
    running = rxdb.program()
    yield running
    running.end()


@pytest.fixture
def rx(server, node) -> Callable[..., rxdb.App]:
    """Return a function that opens an app with RxDB for a user, on a new device; the caller closes it."""

    def make(phone: Any, **how: Any) -> rxdb.App:
        with closing(rxdb.Bare(server.address, phone.tokens["access_token"])) as bare:
            how |= {"gate": True, "conflicts": "merge", "retry": 200, "collections": KINDS, "schemas": bare.schemas()}
        return rxdb.App(node, address=server.address, tokens=server.device(phone.tokens), **how)

    return make


class Story:
    """Ann with two apps of each library, two phones and a tablet a year ahead; sam with one of each; bob joins."""

    def __init__(self, seed: int, space: str, melons: list, rxs: list, phones: list[Phone]) -> None:
        self.chance, self.space = random.Random(seed), space
        self.melons, self.rxs, self.phones = melons, rxs, phones
        self.said = 0

    def step(self) -> None:
        """Let a random person do a random action in one of their apps."""
        who = self.chance.choice([self.melon, self.melon, self.rx, self.rx, self.phone])
        who()

    def melon(self) -> None:
        app, chance = self.chance.choice(self.melons), self.chance.random()
        mine = [row for row in app.rows("message") if "." not in row]
        if chance < 0.3:
            app.send(self.space, self.words())
        elif chance < 0.45 and mine:
            app.update("message", self.chance.choice(mine), text=self.words())
        elif chance < 0.55 and mine:
            app.delete("message", self.chance.choice(mine))
        elif chance < 0.75:
            self.note(app.rows("note"), lambda row, **cells: app.create("note", id=row, **cells), app.update)
        else:
            self.fault_and_sync(app)

    def fault_and_sync(self, app: Any) -> None:
        if self.chance.random() < 0.5:
            app.do("fault", name=self.chance.choice(["refuse", "lose", "lose", "twice"]), on="push")
        try:
            app.sync()
        except Failure as failure:
            if "network" not in str(failure) and "lost" not in str(failure):
                raise

    def rx(self) -> None:
        app, chance = self.chance.choice(self.rxs), self.chance.random()
        mine = [row for row in app.rows("message") if "." not in row]
        if chance < 0.3:
            app.say(self.space, self.words())
        elif chance < 0.45 and mine:
            app.patch("message", self.chance.choice(mine), text=self.words())
        elif chance < 0.55 and mine:
            app.remove("message", self.chance.choice(mine))
        elif chance < 0.75:
            self.note(app.rows("note"), lambda row, **cells: app.insert("note", row, **cells), app.patch)
        elif chance < 0.9:
            app.fault(self.chance.choice(["push", "push", "pull"]), **self.chance.choice(FAULTS))
        else:
            app.do("cut")

    def note(self, rows: Wire, create: Callable[..., Any], update: Callable[..., Any]) -> None:
        """Write one of a few notes, which other apps may write, too."""
        name = f"note{self.chance.randrange(4)}"
        cells = {self.chance.choice(["title", "body"]): self.words()}
        if name in rows:
            update("note", name, **cells)
        else:
            create(name, **cells)

    def phone(self) -> None:
        phone = self.chance.choice(self.phones)
        if self.chance.random() < 0.7:
            phone.sync()
        chance, seq = self.chance.random(), phone.positions.get(self.space, 1)
        if chance < 0.4:
            phone.does("message.send", space=self.space, id=f"native-{self.said}", text=self.words(), origin="person")
        elif chance < 0.6:
            phone.does("note.put", id=f"note{self.chance.randrange(4)}", title=self.words())
        elif chance < 0.7:
            phone.does("note.delete", id=f"note{self.chance.randrange(4)}")
        elif chance < 0.8:
            phone.does("profile.edit", name=self.words())
        else:
            phone.does("position.read", space=self.space, seq=seq)
        if self.chance.random() < 0.7:  # else it is offline
            phone.sync()

    def words(self) -> str:
        self.said += 1
        return f"words {self.said}"

    def settle(self) -> None:
        """Restore the network, and let every app and phone sync."""
        for app in self.rxs:
            app.online()
        for app in self.melons:
            app.do("heal")
        for each in [*self.phones, *self.melons]:
            each.sync()
        for app in self.rxs:
            for kind in ("message", "note", "profile", "position"):
                app.pushed(kind)
        for each in [*self.melons * 2, *self.phones]:
            each.sync()


def in_watermelondb(app: Any) -> State:
    return {kind: {row: cells(kind, values) for row, values in app.rows(kind).items()} for kind in KINDS}


def in_rxdb(app: rxdb.App) -> State:
    return {kind: {row: cells(kind, values) for row, values in app.rows(kind).items()} for kind in KINDS}


def cells(kind: str, values: Wire) -> Wire:
    """Return the cells of a row in a form that is the same for both libraries."""
    texts = [name for name in values if (kind, name) in PARTS and isinstance(values[name], str)]
    values = values | {name: json.loads(values[name]) for name in texts if values[name]}
    return {name: value for name, value in values.items() if value is not None and name != "sent_at"}


def spoken(state: State, space: str) -> list[tuple[int, str, str]]:
    rows = [row for row in state["message"].values() if row["space"] == space]
    return sorted((row["first_seq"], row["author"], row["text"]) for row in rows)


@pytest.fixture
def others(online, server, beside, ann, sam, space) -> list[Phone]:
    """Return ann's tablet, and of @beside/client two phones of ann and one of sam; two clocks are a year ahead."""
    now = ann.now
    tablet, *clients = online(tokens=server.device(ann.tokens)), *(beside(whose) for whose in (ann, ann, sam))
    tablet.now = clients[0].now = lambda: now() + YEAR
    return [tablet, *clients]


@pytest.mark.parametrize("seed", SEEDS)
def test_all_end_up_with_the_same(app, rx, online, others, sam, ann, space, seed):
    now = sam.now
    sam.now = lambda: now() - YEAR
    melons = [app(ann), app(ann), app(sam)]
    rxs = [rx(ann, version=17, live="socket"), rx(ann, version=16, live="sse"), rx(sam, version=17, live="sse")]
    story = Story(seed, space, melons, rxs, [ann, sam, *others])
    for each in melons:
        each.sync()
    bob = online()
    for step in range(STEPS):
        story.step()
        if step == STEPS // 3:
            other = paired(sam, bob)
            bob.do("message.send", space=other, id="b1", text="hello, I am Bob", origin="person")
        if step == STEPS // 2:
            bob.do("pairing.end", pairing=other.removeprefix("pair:"))
    story.settle()
    for whose, person in (([0, 1], ann), ([2], sam)):
        all_the_same(person, space, app(person), rx, [melons[at] for at in whose], [rxs[at] for at in whose])
    for each, person in zip(others, (ann, ann, ann, sam), strict=True):
        assert lasting(each) == lasting(person)
        assert each.outbox == []
    for each in rxs:
        each.close()


def lasting(phone):
    """Return the records of a phone, without receipts, which are stored later."""
    return {name: change for name, change in phone.replica.items() if name[1] != "receipt"}


def all_the_same(person, space, fresh, rx, melons, rxs):
    """Compare all apps and phones of one person with a new app."""
    fresh.sync()
    expected = in_watermelondb(fresh)
    for each in melons:
        assert in_watermelondb(each) == expected
        assert not each.do("dirty")
    with closing(rx(person, version=16, live="poll")) as latecomer:  # RxDB has 16 collections open at most
        for each in [*rxs, latecomer]:
            rxdb.same(expected, lambda each=each: in_rxdb(each))
    native = [
        (record["first_seq"], record["author"], record["data"]["text"]) for record in person.records("message", space)
    ]
    assert spoken(expected, space) == native
    assert len({text for _, _, text in native}) == len(native), "nothing is there twice"
