"""A random story of three people and four phones, made from a seed.

Requests, answers and live frames are lost, doubled and late; clocks are years off; the worker restarts, and the power
fails between any two writes; pairings begin and end, spaces are taken away and given back, tombstones expire.
"""

import itertools
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from schemas.agreement import AGREED
from server.store.tombstones import expire_tombstones
from sync.record import Record
from tests.conftest import World
from tests.phone import Phone, Wire
from tests.sealed import decoded
from tests.sync.power import PowerCut, Supply
from tests.sync.steps import Step, step
from tests.sync.stories import (
    Account,
    Air,
    assert_two_in_each,
    assert_whole,
    assert_written,
    fetch_everything,
    give_back,
    phone_of,
    positions,
    readable,
    spaces,
    standing,
    take_away,
)

MOST_SPACES = 5
PHONES, PLACES = range(4), range(12)
IDS = ["a", "b", "c", "d"]
WORDS = ["hello", "hello again", "still here", "🫂", "🫂🫂", ""]
SEEDS = range(2**16)
WAYS = ["there and back"] * 4 + ["twice", "request late", "answer late", "answer lost"]
CUTS = [(0, False)] * 20 + [(write, after) for write in (1, 2, 3, 4, 5, 8) for after in (False, True)]


class Story:
    """sam, a specialist, has one phone, ann two and bob one. sam is paired with ann and with bob."""

    def __init__(self, world: World, supply: Supply, phone_of: Callable[..., Phone] = phone_of) -> None:
        self.world, self.supply = world, supply
        people = [world.person(*who) for who in (("sam", "specialist"), ("ann", "peer"), ("bob", "peer"))]
        devices = [(0, "phone"), (1, "phone"), (1, "tablet"), (2, "phone")]
        self.phones = [phone_of(world, people[who], device) for who, device in devices]
        self.spaces = [world.paired(self.phones[0], self.phones[who]) for who in (1, 3)]
        self.codes: list[str] = []
        self.air, self.account = Air(world, self.phones), Account(world)
        self.late: list[tuple[Phone, str, Wire, Wire | None]] = []  # requests and answers on their way
        self.lost: list[Record] = []  # memberships that were taken away
        self.numbers: dict[tuple, int] = {}  # {(row id, name): seq}: these only grow
        self.born: dict[str, int] = {}  # {row id: first_seq}: these never change
        self.met = Counter[str]()  # how often rare cases occurred

    def tell(self, steps: list[Step]) -> None:
        for next_step in steps:
            self.world.wait(1)
            self.happens(next_step)
            self.nothing_is_amiss()
        self.heal()
        self.compare()

    def happens(self, this: Step) -> None:
        getattr(self, this.name)(**this.args)

    # What people do

    @step(12, who=PHONES, where=PLACES, name=IDS, text=WORDS)
    def writes(self, who, where, name, text):
        self.phones[who].does("message.send", space=self.space(who, where), id=name, text=text, origin="person")

    @step(8, who=PHONES, which=SEEDS, text=[None, None, None, *WORDS])
    def thinks_better_of_it(self, who, which, text):
        """Edit or delete a message, mostly one of the person's own."""
        phone = self.phones[who]
        mine = [row for row in phone.records("message") if row["author"] in phone.spaces().values()]
        some = mine if which % 8 else phone.records("message")
        if some:
            row = some[which % len(some)]
            edit = {} if text is None else {"text": text}
            phone.does("message.edit" if edit else "message.delete", space=row["space"], id=row["id"], **edit)

    @step(5, who=PHONES, name=IDS[:2], field=["title", "body", "mood"], text=WORDS)
    def notes(self, who, name, field, text):
        self.phones[who].does("note.put", id=name, **{field: len(text) if field == "mood" else text})

    @step(1, who=PHONES, name=IDS[:3])
    def throws_away(self, who, name):
        self.phones[who].does("note.delete", id=name)

    @step(4, who=PHONES, where=PLACES, seq=range(1, 20), verb=["read", "delivered"])
    def reads(self, who, where, seq, verb):
        self.phones[who].does(f"position.{verb}", space=self.space(who, where), seq=seq)

    @step(3, who=PHONES, field=["about", "pronouns"], text=WORDS)
    def introduces_themselves(self, who, field, text):
        self.phones[who].does("profile.edit", **{field: text})

    @step(2)
    def sam_invites(self):
        if len(self.spaces) < MOST_SPACES:
            self.phones[0].does("pairing.invite", name="Sam")

    @step(3, who=PHONES, which=PLACES)
    def joins(self, who, which):
        if self.codes:
            self.phones[who].does("pairing.join", agreement=AGREED, code=self.codes[-1 - which % len(self.codes)])

    @step(1, who=PHONES, where=PLACES)
    def ends_a_pairing(self, who, where):
        self.phones[who].does("pairing.end", pairing=self.space(who, where).removeprefix("pair:"))

    # What becomes of it

    @step(24, who=PHONES, verb=["push", "pull", "sync"], limit=[1, 3, 500], way=WAYS, cut=CUTS)
    def talks_to_the_server(self, who, verb, limit, way, cut):
        phone = self.phones[who]
        body = {} if verb == "push" else phone._asking(limit)
        body |= {} if verb == "pull" else {"mutations": list(phone.outbox)}
        if way == "request late":
            self.late.append((phone, verb, body, None))
            return
        if way == "twice":
            self.served(phone, verb, body)
        answer = self.served(phone, verb, body, cut)
        if way == "answer late":
            self.late.append((phone, verb, body, answer))
        elif way != "answer lost":
            self.heard(phone, body, answer)
            if answer and "cursor" in answer:
                assert spaces(phone.replica) <= self.readable(phone.user)

    @step(5, seed=SEEDS)
    def something_late_arrives(self, seed):
        if self.late:
            phone, verb, body, answer = self.late.pop(seed % len(self.late))
            self.heard(phone, body, answer or self.served(phone, verb, body))

    @step(4, seed=SEEDS)
    def frames_arrive_in_any_order_some_twice_some_never(self, seed):
        self.air.arrive(random.Random(seed))

    @step(5)
    def frames_arrive_in_order(self):
        self.air.arrive()

    @step(1, ms=[0, 1, 1000, 10**8, 10**9])
    def time_passes(self, ms):
        self.world.wait(ms)

    @step(2, who=PHONES, ahead=[-(10**9), 0, 10**12])
    def sets_the_clock(self, who, ahead):
        self.phones[who].now = lambda: self.world.time + ahead

    @step(2, who=[None, *PHONES])
    def the_worker_restarts(self, who=None):
        """Another worker takes over. One phone may be served by the old one for a while."""
        old = self.world.parts
        self.world.restarted()
        self.air.connect()
        if who is not None:
            self.phones[who].transport.parts = old

    @step(1, who=PHONES, where=PLACES)
    def a_space_is_taken_away(self, who, where):
        name = f"user:{self.phones[who].user}|membership|{self.space(who, where).replace(':', '.')}"
        row = self.world.mongo.records.find_one({"_id": name, "deleted": None})
        if row is not None:
            self.lost += decoded(self.world.mongo, [row])
            take_away(self.world, self.lost[-1])

    @step(2)
    def a_space_is_given_back(self):
        if self.lost:
            give_back(self.world, self.lost.pop())

    @step(5, where=PLACES, seq=[5, 10, 20, 10**6], cut=CUTS)
    def tombstones_expire(self, where, seq, cut):
        before = list(self.world.mongo.records.find({"deleted": True}).sort("_id"))
        places = sorted({row["space"] for row in before}) or self.spaces
        self.powered(cut, lambda: expire_tombstones(self.world.mongo, places[where % len(places)], seq))
        left = {row["_id"] for row in self.world.mongo.records.find({"deleted": True})}
        self.account.expired(row for row in before if row["_id"] not in left)

    # What must hold all the while

    def nothing_is_amiss(self):
        rows = self.rows()
        for phone in self.phones:
            assert_whole(phone, rows)
        for user, space in self.air.shown:
            assert space in readable(user, rows), "a frame was shown to somebody who may not read it"
        self.air.shown.clear()
        numbers = {(row["_id"], name): seq for row in rows for name, seq in [("seq", row["seq"]), *positions(row)]}
        assert all(numbers.get(name, seq) >= seq for name, seq in self.numbers.items()), "a place or position went back"
        born = {row["_id"]: row["first_seq"] for row in rows}
        assert all(born.get(name, seq) == seq for name, seq in self.born.items()), "the order of display changed"
        self.numbers, self.born = numbers, born

    def heal(self) -> None:
        """End the faults of the network: late answers arrive, then every phone sends and fetches everything."""
        while self.late:
            self.something_late_arrives(0)
        self.air.arrive()
        for phone in self.phones:
            body = {"mutations": list(phone.outbox)}
            self.heard(phone, body, self.served(phone, "push", body))
        for phone in self.phones:
            fetch_everything(phone)
            assert phone.outbox == [], "every mutation has had its final answer"

    def compare(self) -> None:
        assert_two_in_each(self.rows())
        floors = {row["_id"]: row.get("floor", 0) for row in self.world.mongo.spaces.find({})}
        replicas = [standing(phone, floors) for phone in self.phones]
        assert replicas[1] == replicas[2], "both of ann's phones have the same"
        for phone, replica in zip(self.phones, replicas, strict=True):
            mine = self.readable(phone.user)
            fresh = self.world.phone(phone.transport.caller, "fresh")
            fetch_everything(fresh)
            assert replica == standing(fresh, floors)
            assert spaces(replica) <= mine
            assert_written(replica, self.account.written(mine))
        for one, other in itertools.combinations(replicas, 2):
            for space in spaces(one) & spaces(other):
                assert [one[name] for name in sorted(one) if name[0] == space] == [
                    other[name] for name in sorted(other) if name[0] == space
                ]

    # How

    def served(self, phone: Phone, verb: str, body: Wire, cut: tuple = (0, False)) -> Wire | None:
        """Let a request reach the server, and return its answer; None if the power failed."""
        answer = self.powered(cut, lambda: phone.transport.call(verb, body))
        self.account.follow(phone, body.get("mutations", []), (answer or {}).get("outcomes", []))
        given = {change["space"] for change in (answer or {}).get("changes", [])}
        assert not given or given <= self.readable(phone.user), "given to somebody who may not read it"
        return answer

    def powered(self, cut: tuple, run: Callable[[], Any]) -> Any:
        """Run something while the power may fail at one write; then another worker takes over."""
        self.supply.cut(cut)
        try:
            return run()
        except PowerCut:
            self.met["power cut"] += 1
            self.the_worker_restarts()
            return None
        finally:
            self.supply.cut()

    def heard(self, phone: Phone, body: Wire, answer: Wire | None) -> None:
        """Let an answer reach the phone, which takes a page only if it has not moved on since it asked for it."""
        if answer and "outcomes" in answer:
            phone._settle(answer["outcomes"])
        if answer and "cursor" in answer:
            taken = {name: len(answer[name]) for name in ("gone", "reset")} if body["cursor"] == phone.cursor else {}
            phone._take(answer, body["cursor"])
            self.met.update(taken)
        for pairing in self.phones[0].records("pairing"):
            if pairing["space"] not in self.spaces and "code" in pairing["data"]:
                self.spaces.append(pairing["space"])
                self.codes.append(pairing["data"]["code"])

    def space(self, who: int, where: int) -> str:
        """Return a space: mostly one of the person's own."""
        own = sorted(self.phones[who].spaces())
        places = own if own and where < 10 else self.spaces
        return places[where % len(places)]

    def rows(self) -> list[Wire]:
        return list(self.world.mongo.records.find({}))

    def readable(self, user: str) -> set[str]:
        return readable(user, self.rows())
