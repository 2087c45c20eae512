"""Any story of three phones and two people, with loss, doubling, reordering and restarts, ends with equal replicas."""

import itertools
import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.conftest import World
from tests.phone import Phone

IDS = st.sampled_from(["a", "b", "c", "d"])
WORDS = st.sampled_from(["hello", "still here", "", "🫂"])
PHONES = st.integers(0, 2)
SEEDS = st.integers(0, 2**32)
people = itertools.count()


class Story(RuleBasedStateMachine):
    """sam has one phone, ann has two. The network loses, doubles and reorders; the worker restarts."""

    world: World

    @initialize()
    def begin(self) -> None:
        number = next(people)
        sam = self.world.phone(self.world.person(f"sam{number}", "specialist"))
        ann = self.world.person(f"ann{number}")
        self.phones = [sam, self.world.phone(ann, "phone"), self.world.phone(ann, "tablet")]
        self.space = self.world.paired(sam, self.phones[1])
        self.air: list[tuple[Phone, dict]] = []  # live frames on their way
        self.accepted: dict[str, bool] = {}  # message id: deleted?
        self.listen()

    def listen(self) -> None:
        """Catch what the server shows, for every phone that may see it."""

        def show(records):
            for record in records:
                frame = {"space": record.space, "seq": record.seq, "change": record.change()}
                self.air += [(phone, frame) for phone in self.phones if record.space in self.rooms(phone)]

        self.world.parts.committer._after = show
        for phone in self.phones:
            phone.transport.parts = self.world.parts

    def rooms(self, phone: Phone) -> set[str]:
        return {f"user:{phone.user}", self.space}

    @rule(who=PHONES, name=IDS, text=WORDS, what=st.sampled_from(["send", "edit", "delete"]))
    def writes(self, who, name, text, what):
        args = {} if what == "delete" else {"text": text}
        self.phones[who].does(f"message.{what}", space=self.space, id=name, **args)

    @rule(who=PHONES, name=IDS, field=st.sampled_from(["title", "body"]), text=WORDS)
    def notes(self, who, name, field, text):
        self.phones[who].does("note.put", id=name, **{field: text})

    @rule(who=PHONES, name=IDS)
    def throws_away(self, who, name):
        self.phones[who].does("note.delete", id=name)

    @rule(who=PHONES, seq=st.integers(1, 20), verb=st.sampled_from(["read", "delivered"]))
    def reads(self, who, seq, verb):
        self.phones[who].does(f"position.{verb}", space=self.space, seq=seq)

    @rule(who=PHONES, text=WORDS)
    def introduces_themselves(self, who, text):
        self.phones[who].does("profile.edit", about=text)

    @rule(ms=st.sampled_from([0, 1, 1000, 10**9]))
    def time_passes(self, ms):
        self.world.wait(ms)

    @rule(who=PHONES, ahead=st.sampled_from([-(10**9), 0, 10**12]))
    def sets_the_clock(self, who, ahead):
        self.phones[who].now = lambda: self.world.time + ahead

    @rule(who=PHONES, times=st.integers(1, 3), lost=st.booleans())
    def sends_the_outbox(self, who, times, lost):
        """The request arrives once or several times; the answer may not arrive at all."""
        phone = self.phones[who]
        for _ in range(times - 1):
            phone.transport.call("push", {"mutations": phone.outbox})
        answer = phone.transport.call("push", {"mutations": phone.outbox})["outcomes"]
        self.note(phone, answer)
        if not lost:
            phone._settle(answer)

    @rule(who=PHONES, limit=st.sampled_from([1, 3, 500]), lost=st.booleans())
    def fetches(self, who, limit, lost):
        """One page, whose answer may be lost."""
        phone = self.phones[who]
        page = phone.transport.call("pull", phone._asking(limit))
        if not lost:
            phone._take(page)

    @rule(seed=SEEDS)
    def frames_arrive_in_any_order_some_twice_some_never(self, seed):
        chance = random.Random(seed)
        chance.shuffle(self.air)
        for phone, frame in self.air:
            for _ in range(chance.choice([0, 1, 1, 2])):
                phone.hear(frame)
        self.air = []

    @rule()
    def frames_arrive_in_order(self):
        for phone, frame in self.air:
            phone.hear(frame)
        self.air = []

    @rule()
    def the_worker_restarts(self):
        self.world.restarted()
        self.listen()

    @invariant()
    def positions_never_pass_what_a_phone_has(self):
        """Up to its position, a phone has every record as it is, or an older form of one that has moved on."""
        for phone in getattr(self, "phones", []):
            for space, position in phone.positions.items():
                rows = self.world.mongo.records.find({"space": space, "seq": {"$lte": position}})
                for row in rows:
                    assert phone.replica[space, row["kind"], row["id"]]["seq"] == row["seq"]

    def note(self, phone: Phone, outcomes: list[dict]) -> None:
        """Keep account of the messages that were accepted."""
        for mutation, outcome in zip(phone.outbox, outcomes, strict=True):
            if outcome["ok"] and mutation["name"] in {"message.send", "message.delete"}:
                name = mutation["args"]["id"]
                self.accepted[name] = self.accepted.get(name, False) or mutation["name"] == "message.delete"

    def teardown(self) -> None:
        if hasattr(self, "phones"):
            self.heal()
            self.compare()

    def heal(self) -> None:
        """The network is well again."""
        for phone in self.phones:
            while phone.outbox:
                answer = phone.transport.call("push", {"mutations": phone.outbox[:500]})["outcomes"]
                self.note(phone, answer)
                phone._settle(answer)
        for phone in self.phones:
            phone.pull()
            for space in list(phone.older):
                while phone.scroll(space):
                    pass

    def compare(self) -> None:
        sam, ann, tablet = self.phones
        assert ann.replica == tablet.replica
        shared = [{name: row for name, row in phone.replica.items() if name[0] == self.space} for phone in (sam, ann)]
        assert shared[0] == shared[1]
        for phone in self.phones:
            fresh = self.world.phone(phone.transport.caller, "fresh")
            fresh.pull()
            assert fresh.replica == phone.replica
        kept = {name[2]: bool(row.get("deleted")) for name, row in sam.replica.items() if name[1] == "message"}
        assert kept == self.accepted, "every message that was accepted is there once, and none that was not"


@pytest.mark.timeout(300)
def test_any_story_ends_with_equal_replicas(world):
    class Told(Story):
        pass

    Told.world = world
    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
