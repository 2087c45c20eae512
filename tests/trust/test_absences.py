"""An outage counts against nobody who promised, opens something together, talks, or waits for an answer."""

import pytest

from sync.clock import DAY, HOUR, MINUTE
from tests.absent import away
from tests.trust.moments import at
from tests.trust.scene import ALWAYS, on_shift, pushed, reachable

BY, GRACE = at("2026-11-24T18:00Z"), 2 * HOUR


def data(phone, kind):
    phone.sync()
    [row] = phone.records(kind)
    return row["data"]


def turned(world, ms=0):
    """Let time pass, and do what is due."""
    world.wait(ms)
    world.parts.scheduler.run()


@pytest.fixture
def promised(world, sam, pair):
    """Return the space in which sam has promised to be back by BY."""
    assert sam.do("promise.make", space=pair, id="v1", sort="back", by="2026-11-24T18:00", zone="UTC")["ok"]
    return pair


def kept(sam, space, said=None):
    mutation = sam.does("promise.keep", space=space, id="v1")
    if said is not None:
        mutation["at"] = f"{said}-0"
    return sam.push()[0]


@pytest.mark.parametrize(
    ("absence", "said", "arrives", "is_kept"),
    [
        ((BY - 3 * HOUR, DAY), BY - 1, 2 * HOUR - 1, True),  # said in time, and there was no way to send it
        ((BY - 3 * HOUR, 3 * HOUR + GRACE), BY - 1, GRACE - 1, True),  # the grace is extended by all of it
        ((BY - 3 * HOUR, 3 * HOUR + GRACE), BY - 1, GRACE + 1, False),
        ((BY - HOUR, DAY), None, 1, True),  # it was due while nobody could keep it: at once is in time
        ((BY + 1, DAY), None, 1, False),  # it was due when Beside was there
        ((BY - 3 * HOUR, HOUR), None, 2 * HOUR + 1, False),  # over before it was due: 18:00 is 18:00
        ((BY + HOUR, HOUR), BY, HOUR - 1, True),  # a part of the grace
        ((BY + HOUR, HOUR), BY, HOUR + 1, False),
    ],
)
@pytest.mark.parametrize("timers_first", [False, True])
def test_a_promise(world, sam, promised, timers_first, absence, said, arrives, is_kept):
    world.time, lasts = absence
    back = away(world, lasts)
    if timers_first:
        turned(world)
    world.time = back + arrives
    if timers_first:
        turned(world)
    assert kept(sam, promised, said)["ok"] == is_kept
    turned(world, DAY)
    assert data(sam, "promise")["state"] == ("kept" if is_kept else "missed")


def test_what_is_opened_together_waits_for_as_long_as_it_said(world, sam, ann, pair):
    assert sam.do("disclosure.invite", space=pair, id="d1", theme="Fear", hours=24)["ok"]
    due = data(ann, "disclosure")["due_at"]
    assert ann.do("disclosure.seal", space=pair, id="d1", text="The dark.")["ok"]
    away(world, 2 * DAY)
    turned(world)
    assert data(ann, "disclosure")["due_at"] == due + 2 * DAY
    turned(world, DAY - 1)
    assert sam.do("disclosure.seal", space=pair, id="d1", text="Heights.")["ok"]
    assert data(ann, "disclosure")["state"] == "opened"


def test_what_is_opened_together_is_over_when_it_said_in_which_beside_was_there(world, sam, pair):
    assert sam.do("disclosure.invite", space=pair, id="d1", theme="Fear", hours=24)["ok"]
    away(world, 2 * DAY)
    world.wait(DAY)
    assert not sam.do("disclosure.seal", space=pair, id="d1", text="Heights.")["ok"]
    turned(world)
    assert data(sam, "disclosure")["state"] == "expired"


def test_nobody_was_idle_while_nobody_could_write_and_the_end_is_announced_for_ten_minutes(world, sam, ann, pair):
    until = world.time + 3 * HOUR
    assert sam.do("session.open", space=pair, until=until, idle_minutes=30)["ok"]
    away(world, HOUR)
    turned(world)
    turned(world, 29 * MINUTE)
    assert data(sam, "session")["state"] == "open"
    turned(world, MINUTE)
    assert data(sam, "session")["state"] == "closing"
    closes = data(sam, "session")["until"]
    away(world, HOUR)
    turned(world)
    assert (data(sam, "session")["state"], data(sam, "session")["until"]) == ("closing", closes + HOUR)
    turned(world, 10 * MINUTE)
    assert data(sam, "session")["state"] == "closed"


@pytest.mark.parametrize(("begins", "lasts", "reminded"), [(HOUR, DAY, 3 * HOUR), (0, 4 * HOUR, 4 * HOUR)])
def test_nobody_is_reminded_of_what_they_had_no_time_to_answer(world, sam, ann, pair, begins, lasts, reminded):
    assert sam.do("availability.set", zone="UTC", weekly=ALWAYS)["ok"]
    assert ann.do("message.send", space=pair, id="m1", text="x", origin="person", hard_to_say=True)["ok"]
    world.wait(begins)
    away(world, lasts)
    turned(world)
    turned(world, reminded - 1)
    sam.sync()
    assert sam.records("nudge") == []
    turned(world, 1)
    sam.sync()
    assert len(sam.records("nudge")) == 1


def test_nobody_is_rung_for_a_time_that_was_moved_on_but_for_what_comes_of_it(world, sam, ann, promised):
    assert sam.do("disclosure.invite", space=promised, id="d1", theme="Fear", hours=72)["ok"]
    reachable(world, sam), reachable(world, ann)
    pushed(world, ann)
    world.time = BY
    away(world, 3 * DAY)
    turned(world)
    assert data(ann, "promise")["grace_until"] > world.time
    assert data(ann, "disclosure")["due_at"] > world.time
    assert [*pushed(world, ann), *pushed(world, sam)] == []
    assert ann.do("disclosure.seal", space=promised, id="d1", text="The dark.")["ok"]
    assert len(pushed(world, sam)) == 1, "what a person does is news"
    turned(world, DAY)
    assert data(ann, "promise")["state"] == "missed"
    assert len(pushed(world, ann)) == 1


def test_a_call_for_help_goes_on_at_once(world, sam, ann, pair):
    on_shift(world, sam)
    assert ann.do("sos.raise", id="s1")["ok"]
    asked = len(data(ann, "sos")["asked"])
    away(world, HOUR)
    turned(world)
    assert len(data(ann, "sos")["asked"]) > asked
