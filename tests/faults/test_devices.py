"""F16: two phones of one account and a peer, offline and online, with loss and restarts. What is deleted stays so."""

import itertools
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.conftest import World
from tests.faults.inside import Inside

IDS, WORDS, PHONES = st.sampled_from("abc"), st.sampled_from(["hello", "still here", ""]), st.integers(0, 2)
people = itertools.count()


class Devices(RuleBasedStateMachine):
    """sam has one phone, ann has two. Each does things offline, and reaches the server now and then."""

    world: World

    @initialize()
    def begin(self) -> None:
        self.home = TemporaryDirectory()
        self.inside, number = Inside(self.world, Path(self.home.name)), next(people)
        sam = self.inside.phone(self.world.person(f"sam{number}", "specialist"), f"sam{number}")
        ann = self.inside.phone(self.world.person(f"ann{number}"), f"ann{number}")
        tablet = self.inside.phone(ann.transport.caller, f"tablet{number}")
        self.space = self.inside.paired(sam, ann, tablet)
        self.phones = [sam, ann, tablet]
        self.gone: set[tuple[str, str, str]] = set()  # that some phone has seen deleted

    @rule(who=PHONES, name=IDS, text=WORDS, what=st.sampled_from(["send", "edit", "delete"]))
    def writes(self, who, name, text, what):
        args = {} if what == "delete" else {"text": text}
        self.phones[who].does(f"message.{what}", space=self.space, id=name, **args)

    @rule(who=PHONES, name=IDS, text=WORDS, what=st.sampled_from(["put", "put", "delete"]))
    def notes(self, who, name, text, what):
        args = {} if what == "delete" else {"title": text}
        self.phones[who].does(f"note.{what}", id=name, **args)

    @rule(who=PHONES, seq=st.integers(1, 20))
    def reads(self, who, seq):
        self.phones[who].does("position.read", space=self.space, seq=seq)

    @rule(who=PHONES)
    def comes_online(self, who):
        self.phones[who].sync()

    @rule(who=PHONES, arrives=st.booleans())
    def is_cut_off(self, who, arrives):
        """The request may arrive; the answer does not."""
        phone = self.phones[who]
        if arrives:
            phone.transport.call("push", {"mutations": phone.outbox})

    @rule(who=PHONES)
    def is_reinstalled(self, who):
        """The app starts with nothing but the outbox."""
        phone = self.phones[who]
        phone.cursor, phone.replica, phone.positions, phone.seen, phone.older = None, {}, {}, {}, {}

    @rule(ms=st.sampled_from([1, 1000, 10**7]))
    def time_passes(self, ms):
        self.world.wait(ms)

    @rule()
    def the_worker_restarts(self):
        self.inside.restarts()

    @invariant()
    def what_is_gone_is_noted(self):
        for phone in getattr(self, "phones", []):
            self.gone |= {name for name, change in phone.replica.items() if change.get("deleted")}

    def teardown(self) -> None:
        if hasattr(self, "phones"):
            with self.home:
                assert self.inside.ends() == []
                self.compare()

    def compare(self) -> None:
        for phone in self.phones:
            members = {self.space: phone.spaces()[self.space]}
            counted = self.world.parts.reader.unread(phone.user, members)[self.space].messages
            assert phone.unread(self.space) == counted
            assert not [name for name in self.gone & phone.replica.keys() if not phone.replica[name].get("deleted")]


def test_two_phones_of_one_account_end_equal_and_nothing_deleted_comes_back(world):
    class Told(Devices):
        pass

    Told.world = world
    run_state_machine_as_test(
        Told,
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.reuse, Phase.generate],  # to make a failing story shorter would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
