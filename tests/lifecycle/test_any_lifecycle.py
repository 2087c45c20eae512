"""Any life of matches: whoever does what, in whatever order, however late, twice, at once, or cut off in the middle.

Peers, specialists and staff have two phones each. What they do waits in outboxes, is pushed twice, loses its answer;
two workers decide at the same moment; the worker restarts, and the power fails at any write; days pass.
After every step the books agree with what is live, and nobody is left alone; in the end all phones show the same.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sync.clock import DAY, HOUR
from tests.absent import away
from tests.lifecycle.actions import possible
from tests.lifecycle.stage import Stage
from tests.phone import Phone

PEOPLE = st.sampled_from(
    [f"{name}{phone}" for name in ("ann", "bob", "cleo", "sam", "tom", "una") for phone in "12"] + ["olga1"]
)
NUMBERS = st.integers(0, 2**16)
HOWS = st.sampled_from(["online", "offline", "offline", "twice", "answer lost"])
CUTS = st.tuples(st.sampled_from([1, 2, 3, 4, 5, 6]), st.booleans())
MET = Counter[str]()


class Lifecycle(RuleBasedStateMachine):
    """What may happen, and what holds after everything that happens."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.stage.begin()
        self.number = 0

    @rule(who=PEOPLE, group=NUMBERS, action=NUMBERS)
    def does(self, who, group, action):
        phone = self.stage.phones[who]
        phone.sync()
        if self.decides(phone, group, action):
            phone.push()
        self.stage.due()

    @rule(who=PEOPLE, group=NUMBERS, action=NUMBERS)
    def does_something_else(self, who, group, action):
        self.does(who, group, action)

    @rule(who=PEOPLE, group=NUMBERS, action=NUMBERS, how=HOWS)
    def does_with_what_is_on_the_screen(self, who, group, action, how):
        phone = self.stage.phones[who]
        if self.decides(phone, group, action):
            self.stage.send(phone, how)

    @rule(who=PEOPLE, other=PEOPLE, group=NUMBERS, action=NUMBERS)
    def two_at_the_same_moment(self, who, other, group, action):
        first, second = self.stage.phones[who], self.stage.phones[other]
        first.sync()
        second.sync()
        if first is not second and self.decides(first, group, action) and self.decides(second, group // 7, action // 7):
            self.stage.at_once(first.push, second)

    @rule(who=PEOPLE, group=NUMBERS, action=NUMBERS, ms=st.sampled_from([0, HOUR, DAY]))
    def somebody_does_something_while_the_timers_run(self, who, group, action, ms):
        phone = self.stage.phones[who]
        phone.sync()
        self.stage.world.wait(ms)
        if self.decides(phone, group, action):
            self.stage.at_once(self.stage.world.parts.scheduler.run, phone)

    @rule(who=PEOPLE, group=NUMBERS, action=NUMBERS, cut=CUTS, timers=st.booleans())
    def the_power_fails(self, who, group, action, cut, timers):
        phone = self.stage.phones[who]
        phone.sync()
        self.decides(phone, group, action)
        self.stage.powered(self.stage.world.parts.scheduler.run if timers else phone.push, cut)

    @rule(ms=st.sampled_from([1, HOUR, 4 * HOUR, DAY, 4 * DAY]))
    def time_passes(self, ms):
        self.stage.world.wait(ms)
        self.stage.due()

    @rule(ms=st.sampled_from([HOUR, DAY]))
    def beside_is_away(self, ms):
        away(self.stage.world, ms)
        self.stage.due()

    @rule(who=PEOPLE, restart=st.booleans())
    def another_worker_takes_over_or_a_phone_comes_online(self, who, restart):
        if restart:
            self.stage.restart()
        self.stage.phones[who].sync()

    @invariant()
    def the_books_agree_and_nobody_is_left_alone(self):
        self.stage.nothing_is_amiss()

    def teardown(self):
        MET.update(self.stage.checker.met)
        self.stage.end()

    def decides(self, phone: Phone, group: int, action: int) -> bool:
        """Put something that somebody may do into their outbox."""
        self.number += 1
        groups = possible(phone, phone.transport.caller.role, self.number)
        if groups:
            some = groups[group % len(groups)]
            name, args = some[action % len(some)]
            phone.does(name, **args)
        return bool(groups)


ENOUGH = 8  # lives; chance may need some more to meet all that is needed


@pytest.mark.timeout(600)
def test_any_life_keeps_every_promise(client, monkeypatch):
    stage = Stage(client, monkeypatch)
    life = type("Lifecycle", (Lifecycle,), {"stage": stage})
    examples = 60 if "STORY_STEPS" in os.environ else ENOUGH
    quick = settings(
        max_examples=examples, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    needed = {"asked", "shortlist", "offer sent", "pairing ended", "agreement proposed", "message"}
    try:
        run_state_machine_as_test(life, settings=quick)
        for _ in range(3):
            if needed - MET.keys():  # chance may need some more lives to meet all of it
                run_state_machine_as_test(life, settings=quick)
    finally:
        stage.close()
    print(dict(MET))
    assert needed <= MET.keys(), "lives that do not meet these mean little"
