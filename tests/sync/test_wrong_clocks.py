"""What a phone whose clock stands at 1970 or 2099 says has the time of its arrival; what is only late, its own."""

from dataclasses import replace
from datetime import datetime

import pytest

from sync.clock import DAY, DRIFT, FIRST_MS, HOUR, MINUTE
from tests.phone import Phone
from tests.transports import Direct
from tests.trust.scene import RX, asking

pytestmark = pytest.mark.in_memory

YEAR = 365 * DAY
OF_2099 = round(datetime.fromisoformat("2099-01-01T00:00Z").timestamp() * 1000)
WRONG = [0, 1, FIRST_MS - 1, OF_2099, 2**48 - 1]


def at(world, phone, ms):
    """Return another phone of somebody that has seen nothing yet, and whose clock stands at some time."""
    caller = replace(phone.transport.caller, device=f"{phone.transport.caller.device}-wrong")
    return Phone(Direct(world.parts, caller), caller.user, caller.device, lambda: ms)


def told(world, sam, ann, space, now):
    """Let ann say everything that has a time, on a phone at ``now``; return {kind: that time}."""
    things = {
        "message": ("message.send", "sent_at", {"space": space, "id": "m1", "text": "x", "origin": "person"}),
        "debrief": ("debrief.ask", "asked_at", {"space": space, "id": "d1", "words": "x", "messages": []}),
        "checkin": ("checkin.put", "at", {"pairing": space[5:], "id": "k1", "could_say": 5}),
        "sos": ("sos.raise", "raised_at", {"id": "s1"}),
    }
    found = {}
    for kind, (name, field, args) in things.items():
        outcome = at(world, ann, now).do(name, **args)
        assert outcome["ok"], outcome
        found[kind] = next(row["data"][field] for row in outcome["changes"] if row["kind"] == kind)
    outcome = at(world, sam, now).do(
        "escalation.record", space=space, id="e1", ground="danger_to_self", to="supervisor", told="x", messages=[],
        consent=True, decided_by="Sam",
    )  # fmt: skip
    assert outcome["ok"], outcome
    return {**found, "escalation": outcome["changes"][0]["data"]["at"]}


@pytest.mark.parametrize("clock", WRONG)
def test_a_clock_that_cannot_be_right_is_not_shown(world, sam, ann, pair, clock):
    world.wait(30 * DAY)
    assert set(told(world, sam, ann, pair, clock).values()) == {world.time}


def test_nothing_was_said_before_the_two_were_paired(world, sam, ann, pair):
    began = world.time
    world.wait(30 * DAY)
    times = told(world, sam, ann, pair, began - 1)
    assert {**times, "sos": world.time} == dict.fromkeys(times, world.time)


@pytest.mark.parametrize("late", [0, HOUR, 7 * DAY, YEAR])
def test_what_was_said_offline_keeps_its_time_however_late_it_arrives(world, sam, ann, pair, late):
    said = world.time
    world.wait(late)
    times = told(world, sam, ann, pair, said)
    assert {**times, "sos": said} == dict.fromkeys(times, said)
    assert times["sos"] == max(said, world.time - DAY), "nobody is called as if it had been a year ago"


def test_a_clock_that_is_a_little_ahead_is_right(world, ann, pair):
    outcome = at(world, ann, world.time + DRIFT).do("message.send", space=pair, id="m1", text="x", origin="person")
    assert outcome["changes"][0]["data"]["sent_at"] == world.time + DRIFT


@pytest.mark.parametrize("clock", [1, OF_2099])
def test_a_row_of_a_client_database_has_no_time_that_cannot_be(world, ann, pair, clock):
    row = {"id": "m1", "space": pair, "text": "x", "origin": "person", "sent_at": clock, "_deleted": False}
    assert asking(world, ann)(f"{RX}/message/push", json=[{"newDocumentState": row}]) == "[]"
    ann.sync()
    assert [one["data"]["sent_at"] for one in ann.records("message")] == [world.time]


@pytest.mark.parametrize("clock", [0, OF_2099])
def test_a_call_for_help_is_ended_by_a_phone_with_any_clock_and_raised_again_by_any(world, ann, clock):
    for name in ("s1", "s2"):
        assert ann.do("sos.raise", id=name)["ok"]
        world.wait(1000)
    closed = at(world, ann, clock).do("sos.close", id="s1")
    assert closed["changes"][0]["data"]["state"] == "closed"


def sos_states(phone):
    phone.pull()
    return [row["data"]["state"] for row in phone.records("sos")]


@pytest.mark.parametrize("clock", [0, OF_2099, "ahead"])
@pytest.mark.parametrize("later", [5_000, HOUR])
def test_a_call_for_help_goes_on_if_its_end_was_written_before_it_was_raised_again(world, ann, clock, later):
    """As the next call overtakes what waits; one phone's clock tells the order, however wrong it is."""
    wrong, start = at(world, ann, 0), world.time
    wrong.now = lambda: world.time + 10 * MINUTE if clock == "ahead" else clock + world.time - start
    assert wrong.do("sos.raise", id="s1")["ok"]
    world.wait(HOUR)
    ends = wrong.does("sos.close", id="s1")
    world.wait(20_000)
    wrong.outbox = [wrong.does("sos.raise", id="s2")]
    assert wrong.push()[0]["ok"]
    world.wait(later)
    wrong.outbox = [ends]
    assert wrong.push()[0]["ok"]
    assert sos_states(wrong) == ["raised"]
    world.wait(20_000)
    assert wrong.do("sos.close", id="s1")["ok"]
    assert sos_states(wrong) == ["closed"]


def test_a_call_for_help_is_ended_by_a_phone_whose_clock_has_been_set_right(world, ann):
    phone = at(world, ann, OF_2099)
    for name in ("s1", "s2"):
        assert phone.do("sos.raise", id=name)["ok"]
    phone.now = lambda: world.time
    world.wait(1000)
    mutation = phone.does("sos.close", id="s1")
    assert mutation["at"] == f"{world.time}-0"
    phone.push()
    assert sos_states(phone) == ["closed"]


@pytest.mark.parametrize("verb", ["push", "pull", "sync"])
def test_a_phone_that_stood_at_2099_is_believed_again_once_its_clock_is_right(world, ann, pair, verb):
    phone = at(world, ann, OF_2099)
    phone.does("message.send", space=pair, id="m1", text="x", origin="person")
    phone.pull()
    waiting = phone.does("message.send", space=pair, id="m2", text="x", origin="person")
    assert waiting["at"] > f"{OF_2099}-0", "what waits was stamped with the wrong clock, and keeps its order"
    phone.push()
    phone.now = lambda: world.time
    getattr(phone, verb)()
    said = phone.does("message.send", space=pair, id="m3", text="x", origin="person")
    world.wait(90 * MINUTE)
    phone.push()
    assert said["at"].startswith(f"{world.time - 90 * MINUTE}-")
    assert phone.records("message")[-1]["data"]["sent_at"] == world.time - 90 * MINUTE


def test_a_promise_is_not_kept_in_time_by_a_clock_that_stands_at_1970(world, sam, pair):
    assert sam.do("promise.make", space=pair, id="v1", sort="back", by="2026-11-24T18:00", zone="UTC")["ok"]
    sam.pull()
    world.time = sam.records("promise")[0]["data"]["by_at"] + 1
    assert not at(world, sam, 0).do("promise.keep", space=pair, id="v1")["ok"]


# Which edit wins


def about(phone):
    phone.sync()
    return phone.records("profile")[0]["data"]["about"]


@pytest.mark.parametrize("clock", WRONG)
def test_an_edit_made_after_seeing_the_value_wins_with_any_clock(world, ann, clock):
    wrong = at(world, ann, clock)
    for number in range(4):
        world.wait(1)
        phone = (ann, wrong)[number % 2]
        phone.sync()
        assert phone.do("profile.edit", about=f"version {number}")["ok"]
        assert about(ann) == about(wrong) == f"version {number}"


def test_of_two_edits_that_did_not_see_each_other_one_from_1970_loses_and_one_from_2099_wins_only_once(world, ann):
    assert ann.do("profile.edit", about="right")["ok"]
    assert at(world, ann, 0).do("profile.edit", about="1970")["ok"]
    assert about(ann) == "right"
    world.wait(1)
    assert at(world, ann, OF_2099).do("profile.edit", about="2099")["ok"]
    world.wait(1)
    assert ann.do("profile.edit", about="right again")["ok"]
    assert about(ann) == "right again", "2099 counts as the time when it arrived"
