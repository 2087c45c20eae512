"""The ladder: one's own specialist, who is on call, a supervisor, all of them again; and not a word that is not so."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.commands.context import Caller
from server.jobs import scheduler
from server.trust.ladder import AGAIN, RUNGS
from sync.clock import MINUTE
from tests import in_memory
from tests.conftest import World
from tests.trust.calling import HOURS, NEVER, call, calls, climb, raised, sos
from tests.trust.scene import on_shift

QUIET = {"zone": "UTC", "spans": [[0, 1380]]}  # all day but for the last hour; worlds begin before noon


class Helpers:
    """Ann is with sam, whom sue supervises; oscar can be put on call by olga."""

    def __init__(self, world, sam, ann):
        self.world, self.sam, self.ann = world, sam, ann
        world.paired(sam, ann)
        on_shift(world, sam)
        self.olga = world.phone(Caller("id-olga", "phone-of-olga", "operator"))
        self.sue = world.phone(Caller("id-sue", "phone-of-sue", "supervisor"))
        self.oscar = world.phone(world.person("oscar", "operator"))

    def on_call(self, name="oscar", hours=HOURS):
        assert self.olga.do("watch.edit", handle=name, hours=hours)["ok"]

    def off_shift(self):
        assert self.sam.do("availability.set", **NEVER)["ok"]

    def asked(self):
        return [one["who"] for one in sos(self.ann)["asked"]]


@pytest.fixture
def staff(world, sam, ann):
    return Helpers(world, sam, ann)


def test_the_ladder_is_what_the_guide_says():
    assert [(rung.who, rung.minutes) for rung in RUNGS] == [("specialist", 3), ("on_call", 5), ("supervisor", 10)]
    assert AGAIN == 10 * MINUTE


def test_each_is_called_when_the_one_before_has_been_waited_for_and_then_all_of_them_again(world, staff):
    staff.on_call()
    start = world.time
    raised(staff.ann)
    seen = []
    for _ in range(60):
        seen.append((world.time - start, len(staff.asked())))
        climb(world, 1)
    minutes = [after // MINUTE for (_, one), (after, two) in pairwise(seen) if two > one]
    assert minutes == [3, 8, 28, 31, 36, 56, 59]
    asked = sos(staff.ann)["asked"]
    assert [one["who"] for one in asked[:6]] == ["specialist", "on_call", "supervisor"] * 2
    assert [(one["at"] - start) // MINUTE for one in asked] == [0, *minutes]
    assert calls(staff.sam)[0]["data"]["again_at"] == asked[-2]["at"]
    assert len(calls(staff.sam)) == len(calls(staff.oscar)) == len(calls(staff.sue)) == 1


@pytest.mark.parametrize("why", ["off shift", "quiet hours"])
def test_a_specialist_who_is_not_there_costs_no_time(world, staff, why):
    staff.on_call()
    if why == "off shift":
        staff.off_shift()
    else:
        assert staff.sam.do("quiet.set", **QUIET)["ok"]
    raised(staff.ann)
    assert staff.asked() == ["on_call"]
    assert calls(staff.sam) == []
    climb(world, 5)
    assert staff.asked() == ["on_call", "supervisor"]


def test_who_is_on_call_is_called_in_their_quiet_hours_but_not_outside_the_hours_they_gave(world, staff):
    staff.off_shift()
    staff.on_call("oscar", NEVER)
    staff.on_call("sam")
    assert staff.sam.do("quiet.set", **QUIET)["ok"]
    raised(staff.ann)
    assert staff.asked() == ["on_call"]
    assert [one["data"]["as"] for one in calls(staff.sam)] == ["on_call"]
    assert calls(staff.oscar) == []


def test_who_is_taken_off_call_is_called_no_more(world, staff):
    staff.off_shift()
    staff.on_call()
    staff.on_call("oscar", None)
    raised(staff.ann)
    assert staff.asked() == ["supervisor"]


def test_if_there_is_nobody_anywhere_that_is_what_is_said_and_it_is_looked_at_again(world, staff, bob):
    raised(bob)
    assert sos(bob)["asked"] == [{"who": "nobody", "at": world.time}]
    first = sos(bob)
    climb(world, 10)
    climb(world, 10)
    assert sos(bob) == first, "it is not said again and again"
    staff.on_call()
    climb(world, 10)
    assert [one["who"] for one in sos(bob)["asked"]] == ["nobody", "on_call"]
    assert len(calls(staff.oscar)) == 1


def test_a_specialist_who_needs_somebody_is_never_called_by_themselves(world, staff):
    staff.on_call("sam")
    staff.on_call()
    raised(staff.sam)
    assert [one["who"] for one in sos(staff.sam)["asked"]] == ["on_call"]
    assert calls(staff.sam) == []
    assert calls(staff.oscar)[0]["data"]["where"] is None
    climb(world, 5)
    assert [one["who"] for one in sos(staff.sam)["asked"]] == ["on_call", "supervisor"]
    assert staff.sue.do("call.take", id=call(staff.sue))["ok"]
    assert sos(staff.sam)["taken"]["by"] == "supervisor"


def test_who_has_seen_it_stops_nobody_else_from_being_called(world, staff):
    staff.on_call()
    raised(staff.ann)
    assert staff.sam.do("call.see", id=call(staff.sam))["ok"]
    assert sos(staff.ann)["state"] == "seen"
    climb(world, 3)
    assert staff.asked() == ["specialist", "on_call"]
    assert sos(staff.ann)["state"] == "seen"


def test_once_it_is_taken_nobody_more_is_called(world, staff):
    staff.on_call()
    raised(staff.ann)
    assert staff.sam.do("call.take", id=call(staff.sam))["ok"]
    climb(world, 300)
    assert staff.asked() == ["specialist"]
    assert calls(staff.oscar) == calls(staff.sue) == []


def test_a_worker_that_dies_does_not_stop_it(world, staff):
    staff.on_call()
    raised(staff.ann)
    world.restarted()
    for phone in (staff.sam, staff.ann, staff.oscar):
        phone.transport.parts = world.parts
    world.wait(15_001)  # the lease of the timers ends
    climb(world, 3)
    assert staff.asked() == ["specialist", "on_call"]


def test_a_timer_that_comes_twice_or_too_early_calls_nobody_twice(world, staff):
    staff.on_call()
    raised(staff.ann)
    for _ in range(3):
        world.parts.scheduler.run()
    assert staff.asked() == ["specialist"]
    world.wait(3 * MINUTE)
    [due] = world.parts.reader.due(world.time, {"sos"}, 500)
    for _ in range(3):
        world.parts.scheduler.due_handlers["sos"]([due])
    assert staff.asked() == ["specialist", "on_call"]


actions = st.lists(
    st.sampled_from(["raise", "raise", "say", "close", "see sam", "see oscar", "take sam", "take oscar", "take sue",
                     "wait 3", "wait 5", "wait 10", "sleep", "wake", "restart"]),
    max_size=12,
)  # fmt: skip


@settings(max_examples=3)
@given(actions=actions)
@example(actions=["raise", "wait 3", "see oscar", "wait 5", "take sue", "raise", "take sam", "wait 10", "close"])
@example(actions=["sleep", "raise", "wait 5", "say", "wake", "wait 10", "wait 10", "take sam", "restart", "raise"])
def test_whatever_happens_what_is_said_is_so(actions):
    """Seen only if somebody saw it, taken only if somebody took it, asked only who has a call; nobody left ringing."""
    life = Lifecycle(World(in_memory.database()))
    for number, action in enumerate(actions):
        what, _, more = action.partition(" ")
        getattr(life, "raise_" if what == "raise" else what)(more or f"s{number}")
        life.is_so()


class Lifecycle:
    """What is done, and what is so after it."""

    def __init__(self, world):
        sam, ann = (world.phone(world.person(*who)) for who in (("sam", "specialist"), ("ann", "peer")))
        self.staff = Helpers(world, sam, ann)
        self.staff.on_call()
        self.open, self.state, self.took, self.there, self.before = None, None, None, set(), 0

    def raise_(self, name):
        if self.state == "taken":
            self.before = len(sos(self.staff.ann, self.open)["asked"])
        found = raised(self.staff.ann, name)["id"]
        if self.open is None:
            self.open, self.before = found, 0
        assert found == self.open
        self.state = self.state if self.state == "seen" else "raised"

    def say(self, words):
        assert self.staff.ann.do("sos.say", id=self.open or "none", words=words)["ok"] == (self.open is not None)

    def close(self, _):
        assert self.staff.ann.do("sos.close", id=self.open or "none")["ok"] == (self.open is not None)
        self.open, self.state, self.took, self.there = None, None, None, set()

    def see(self, who):
        for row in self._live(who):
            assert getattr(self.staff, who).do("call.see", id=row["id"])["ok"]
            if row["data"]["state"] == "open" and self.state == "raised":
                self.state = "seen"

    def take(self, who):
        for row in self._live(who):
            assert getattr(self.staff, who).do("call.take", id=row["id"])["ok"]
            if who not in self.there:
                self.took, self.state, self.there = who, "taken", self.there | {who}

    def wait(self, minutes):
        climb(self.staff.world, int(minutes))

    def sleep(self, _):
        assert self.staff.sam.do("quiet.set", **QUIET)["ok"]

    def wake(self, _):
        assert self.staff.sam.do("quiet.set", spans=[])["ok"]

    def restart(self, _):
        staff = self.staff
        staff.world.restarted()
        staff.world.wait(15_001)  # the lease of the timers ends
        for phone in (staff.sam, staff.ann, staff.oscar, staff.sue, staff.olga):
            phone.transport.parts = staff.world.parts

    def is_so(self):
        self.staff.ann.sync()
        live = [one for one in self.staff.ann.records("sos") if one["data"]["state"] != "closed"]
        assert [one["id"] for one in live] == ([self.open] if self.open else [])
        for one in live:
            assert one["data"]["state"] == self.state
            assert (one["data"]["taken"] or {}).get("by") == NAMED.get(self.took)
        said = {asked["who"] for one in live for asked in one["data"]["asked"][self.before :]}
        for name, who in NAMED.items():
            ringing = [row["data"]["state"] for row in self._live(name)]
            assert len(ringing) == (name in self.there or (who in said and self.state != "taken")), (name, said)
            assert ("taken" in ringing) == (name in self.there)

    def _live(self, who):
        return [row for row in calls(getattr(self.staff, who)) if row["data"]["state"] != "over"]


NAMED = {"sam": "specialist", "oscar": "on_call", "sue": "supervisor"}


def test_a_call_for_help_waits_for_none_of_what_is_overdue(world, staff, monkeypatch):
    """As after a night without a server."""
    monkeypatch.setattr(scheduler, "MOST_RECORDS", 40)
    staff.on_call()
    space = next(iter(staff.sam.spaces()))
    for number in range(50):
        staff.sam.does("promise.make", space=space, id=f"p{number}", sort="back", by="2026-11-22T14:00", zone="UTC")
    assert all(outcome["ok"] for outcome in staff.sam.push())
    while staff.sam.outbox:
        staff.sam.push()
    world.wait(4 * 60 * MINUTE)
    raised(staff.ann)
    world.wait(3 * MINUTE)
    assert world.parts.scheduler.run() == 40
    assert staff.asked() == ["specialist", "on_call"]
