"""The frame of a conversation: whatever happens, it ends only after both could read for ten minutes that it will."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from sync.clock import DAY, HOUR, MINUTE
from sync.record import Key
from tests.conftest import START
from tests.phone import Phone
from tests.transports import Direct
from tests.trust.scene import pushed, reachable, send

NOTICE = 10 * MINUTE


def begin(phone, space, until, idle_minutes=30):
    outcome = phone.do("session.open", space=space, until=until, idle_minutes=idle_minutes)
    assert outcome["ok"], outcome


def session(world, space):
    key = Key(space, "session", space[5:])
    return world.parts.reader.get([key])[key].data


def turned(world, space):
    """Let the timers run, and return the state."""
    world.parts.scheduler.run()
    return session(world, space)["state"]


def test_the_end_is_said_at_the_start_announced_ten_minutes_before_and_comes_then(world, sam, ann, pair):
    until = START + HOUR
    begin(sam, pair, until, 24 * 60)
    ann.pull()
    [row] = ann.records("session")
    assert (row["data"]["until"], row["data"]["idle_minutes"], row["data"]["state"]) == (until, 1440, "open")
    for at, state in (
        (until - NOTICE - 1, "open"),
        (until - NOTICE, "closing"),
        (until - 1, "closing"),
        (until, "closed"),
    ):
        world.time = at
        assert turned(world, pair) == state
    world.wait(DAY)
    assert world.parts.scheduler.run() == 0


def test_who_announced_the_end_cannot_end_it_and_the_words_of_both_are_kept(world, sam, ann, pair):
    begin(sam, pair, START + HOUR)
    assert ann.do("session.close", space=pair, words="I have to go.")["ok"]
    assert session(world, pair)["until"] == world.time + NOTICE
    world.wait(MINUTE)
    assert ann.do("session.close", space=pair, words="Really.")["ok"]
    assert (session(world, pair)["state"], session(world, pair)["until"]) == ("closing", START + NOTICE)
    assert sam.do("session.close", space=pair, words="Take care.")["ok"]
    words = session(world, pair)["words"]
    assert words == {ann.spaces()[pair]: "Really.", sam.spaces()[pair]: "Take care."}
    assert session(world, pair)["state"] == "closed"


def test_both_close_at_once_and_the_words_of_both_are_there(world, sam, ann, pair):
    begin(sam, pair, START + HOUR)
    for phone in (sam, ann):
        phone.does("session.close", space=pair, words=f"from {phone.user}")
    for phone in (ann, sam):
        assert phone.push()[0]["ok"]
    assert session(world, pair)["state"] == "closed"
    assert sorted(session(world, pair)["words"].values()) == ["from id-ann", "from id-sam"]


@pytest.mark.parametrize("who", ["sam", "ann"])
def test_either_extends_also_after_the_end_was_announced_and_the_old_end_means_nothing(world, sam, ann, pair, who):
    begin(sam, pair, START + HOUR, 24 * 60)
    world.time = START + HOUR - NOTICE
    assert turned(world, pair) == "closing"
    world.wait(NOTICE - 1)
    assert {"sam": sam, "ann": ann}[who].do("session.extend", space=pair, until=START + 2 * HOUR)["ok"]
    world.time = START + HOUR
    assert turned(world, pair) == "open"
    world.time = START + 2 * HOUR - NOTICE
    assert turned(world, pair) == "closing"
    world.time = START + 2 * HOUR
    assert turned(world, pair) == "closed"


def test_an_extension_that_was_on_its_way_for_long_makes_nothing_shorter(world, sam, ann, pair):
    """Both want to talk for longer; the one whose network is slow wants less."""
    begin(sam, pair, START + HOUR)
    sam.does("session.extend", space=pair, until=START + 2 * HOUR)
    assert ann.do("session.extend", space=pair, until=START + 5 * HOUR)["ok"]
    sam.push()
    assert session(world, pair)["until"] == START + 5 * HOUR


def test_a_conversation_in_which_nobody_writes_is_announced_to_end_when_that_was_said(world, sam, ann, pair):
    begin(sam, pair, START + 5 * HOUR, 30)
    for number in range(4):
        world.wait(29 * MINUTE)
        assert send((sam, ann)[number % 2], pair, f"m{number}", "x")["ok"]
        assert turned(world, pair) == "open"
    world.wait(30 * MINUTE - 1)
    assert turned(world, pair) == "open"
    world.wait(1)
    assert turned(world, pair) == "closing"
    world.wait(NOTICE - 1)
    assert turned(world, pair) == "closing"
    world.wait(1)
    assert turned(world, pair) == "closed"


def test_what_was_written_before_it_began_does_not_end_it(world, sam, ann, pair):
    assert send(ann, pair, "m1", "x")["ok"]
    world.wait(DAY)
    begin(sam, pair, world.time + 5 * HOUR, 30)
    world.wait(30 * MINUTE - 1)
    assert turned(world, pair) == "open"


def test_somebody_whose_clock_is_slow_is_not_taken_to_be_silent(world, sam, ann, pair):
    caller = ann.transport.caller
    slow = Phone(Direct(world.parts, caller), caller.user, "slow", lambda: world.time - 45 * MINUTE)
    begin(sam, pair, START + 5 * HOUR, 30)
    for number in range(8):
        world.wait(5 * MINUTE)
        assert send(slow, pair, f"m{number}", "I am here.")["ok"]
        assert turned(world, pair) == "open"


@pytest.mark.parametrize("first", ["timers", "session.close"])
def test_a_server_that_was_down_past_the_end_announces_it_first(world, sam, ann, pair, first):
    begin(sam, pair, START + HOUR)
    world.time = START + 9 * HOUR
    world.restarted()
    for phone in (sam, ann):
        phone.transport.parts = world.parts
    if first == "session.close":
        assert sam.do("session.close", space=pair, words="Bye.")["ok"]
    world.wait(20_000)
    announced = world.time
    assert turned(world, pair) == "closing"
    assert session(world, pair)["until"] >= announced + NOTICE - 20_000
    assert turned(world, pair) == "closing"
    world.wait(NOTICE - 20_001)
    assert turned(world, pair) == "closing"
    world.wait(20_001)
    assert turned(world, pair) == "closed"


def test_it_begins_anew_after_the_last_with_nothing_of_it(world, sam, ann, eve, pair):
    begin(sam, pair, START + HOUR)
    again = {"space": pair, "until": START + 3 * HOUR}
    assert ann.do("session.open", **again)["error"]["details"]["state"] == "open"
    assert ann.do("session.close", space=pair, words="Bye.")["ok"]
    assert ann.do("session.open", **again)["error"]["details"]["state"] == "closing"
    assert sam.do("session.close", space=pair)["ok"]
    for name, more in (("extend", {"until": START + 3 * HOUR}), ("close", {})):
        assert ann.do(f"session.{name}", space=pair, **more)["error"]["details"]["state"] == "closed"
    assert eve.do("session.open", **again)["error"]["code"] == "not_found"
    assert ann.do("session.open", **again)["ok"]
    found = session(world, pair)
    assert (found["state"], found["words"], found["opened_at"], found["announced"]) == ("open", {}, START, None)
    sam.pull()
    assert len(sam.records("session")) == 1


def test_an_end_is_ten_minutes_away_at_least_and_a_day_at_most(world, sam, ann, pair):
    for until in (START - 1, START + NOTICE - 1, START + DAY + 1):
        assert sam.do("session.open", space=pair, until=until)["error"]["details"]["field"] == "args.until"
    begin(sam, pair, START + NOTICE)
    for until in (START + NOTICE - 1, START + DAY + 1):
        assert ann.do("session.extend", space=pair, until=until)["error"]["details"]["field"] == "args.until"
    assert turned(world, pair) == "closing"


def test_nothing_more_is_said_of_it_after_the_end_of_the_pairing_or_a_block(world, sam, ann, pair):
    begin(sam, pair, START + HOUR)
    assert ann.do("block.set", space=pair)["ok"]
    sam.sync()
    seen = dict(sam.replica)
    world.wait(DAY)
    world.parts.scheduler.run()
    assert world.parts.scheduler.run() == 0
    sam.sync()
    assert sam.replica == seen
    assert session(world, pair)["state"] == "open"


def test_nobody_is_woken_because_a_conversation_ends(world, sam, ann, pair):
    begin(sam, pair, START + HOUR)
    for phone in (sam, ann):
        reachable(world, phone)
        pushed(world, phone)
    world.parts.notifications.provider.sent.clear()
    for at in (START + HOUR - NOTICE, START + HOUR):
        world.time = at
        world.parts.scheduler.run()
        world.parts.notifications.enqueuer.enqueue()
        world.parts.notifications.scheduler.run()
    assert session(world, pair)["state"] == "closed"
    assert not world.parts.notifications.provider.sent


class Talks(RuleBasedStateMachine):
    """Two people, timers that are late or not, and what each phone could read when."""

    world: object
    people: dict
    space: str

    def __init__(self):
        super().__init__()
        self.closing_since, self.closer, self.ended_by_other, self.state = None, None, False, None
        world, phones = self.world, self.people
        world.wait(DAY)
        world.parts.scheduler.run(), world.wait(NOTICE), world.parts.scheduler.run()
        begin(phones["sam"], self.space, world.time + HOUR)
        self.look(None)

    def look(self, by):
        """Judge the change that has just been made, if any."""
        now, before = session(self.world, self.space), self.state
        if before == "closing" and now["state"] == "closed":
            waited = self.world.time - self.closing_since
            assert by is not None or waited >= NOTICE, (waited, "ended before it was said to")
            assert by is None or by != self.closer, "who announced it, ended it"
        assert (before, now["state"]) != ("open", "closed"), "ended without a word before it"
        if now["state"] == "closing" and before != "closing":
            self.closing_since, self.closer = self.world.time, by
            assert now["until"] - self.world.time >= NOTICE
        self.state = now["state"]

    def does(self, who, name, **args):
        self.world.wait(1)
        outcome = self.people[who].do(f"session.{name}", space=self.space, **args)
        self.look(who)
        return outcome

    @rule(who=st.sampled_from(["sam", "ann"]), minutes=st.sampled_from([5, 10, 15, 60, 1440]))
    def opens(self, who, minutes):
        before = self.state
        outcome = self.does(who, "open", until=self.world.time + 1 + minutes * MINUTE, idle_minutes=10)
        assert outcome["ok"] == (before == "closed" and minutes >= 10)

    @rule(who=st.sampled_from(["sam", "ann"]), minutes=st.sampled_from([5, 10, 30, 90]))
    def extends(self, who, minutes):
        before = self.state
        outcome = self.does(who, "extend", until=self.world.time + 1 + minutes * MINUTE)
        assert outcome["ok"] == (before != "closed" and minutes >= 10)
        assert not outcome["ok"] or self.state == "open"

    @rule(who=st.sampled_from(["sam", "ann"]))
    def closes(self, who):
        before = self.state
        assert self.does(who, "close", words="Bye.")["ok"] == (before != "closed")

    @rule(who=st.sampled_from(["sam", "ann"]))
    def writes(self, who):
        self.world.wait(1)
        assert send(self.people[who], self.space, f"m{self.world.time}", "x")["ok"]

    @rule(minutes=st.sampled_from([1, 9, 10, 11, 30, 100]), punctual=st.booleans())
    def time_passes(self, minutes, punctual):
        for _ in range(minutes if punctual and minutes < 12 else 1):
            self.world.wait(MINUTE if punctual and minutes < 12 else minutes * MINUTE)
            if punctual:
                self.world.parts.scheduler.run()
                self.look(None)

    @invariant()
    def both_read_the_same(self):
        shown = []
        for phone in self.people.values():
            phone.pull()
            shown.append(phone.records("session")[0]["data"])
        assert shown[0] == shown[1] == session(self.world, self.space)


def test_no_conversation_ends_without_both_having_been_told_for_ten_minutes(world, sam, ann, pair):
    begin(sam, pair, START + HOUR)
    talks = type("Talks", (Talks,), {"world": world, "people": {"sam": sam, "ann": ann}, "space": pair})
    quick = settings(max_examples=12, stateful_step_count=18, deadline=None)
    run_state_machine_as_test(talks, settings=quick)
