"""What was hard to say: if nothing follows, whoever listens is reminded, once, in private, and when they are there."""

import json
from datetime import UTC, datetime

import pytest

from sync.clock import DAY, HOUR
from sync.record import Key
from tests.trust.scene import ALWAYS, RX, asking, pushed, reachable, rows, send

LATE = 4 * HOUR
FLAGGED = {"hard_to_say": True, "origin": "person"}
WEEKDAYS = [[day, 540, 660] for day in range(5)]  # 09:00 to 11:00


def at(text):
    """Return a moment in ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def hard(phone, space, name="m1", **more):
    outcome = phone.do("message.send", space=space, id=name, text="I am afraid.", **{**FLAGGED, **more})
    assert outcome["ok"], outcome


def hours(phone, weekly=ALWAYS, zone="UTC", exceptions=None):
    assert phone.do("availability.set", zone=zone, weekly=weekly, exceptions=exceptions or {})["ok"]


def nudges(world, phone):
    world.parts.scheduler.run()
    phone.pull()
    return [row["data"]["message"] for row in phone.records("nudge")]


def due(world, space, name="m1"):
    key = Key(space, "message", name)
    return world.parts.reader.get([key])[key].due


@pytest.fixture
def space(sam, pair):
    hours(sam)
    return pair


def test_the_specialist_is_reminded_once_after_four_hours_and_nobody_else_ever(world, sam, ann, eve, space):
    hard(ann, space)
    world.wait(LATE - 1)
    assert nudges(world, sam) == []
    world.wait(1)
    assert nudges(world, sam) == ["m1"]
    [row] = sam.records("nudge")
    assert (row["space"], row["data"]) == ("user:id-sam", {"where": space, "message": "m1"})
    first = row["seq"]
    for _ in range(4):
        world.wait(DAY)
        assert nudges(world, sam) == ["m1"]
    assert sam.records("nudge")[0]["seq"] == first
    for phone in (ann, eve, world.phone(ann.transport.caller, "fresh")):
        phone.pull()
        assert phone.records("nudge") == []
        assert "nudge" not in json.dumps(rows(asking(world, phone), "nudge")["documents"])
    assert rows(asking(world, sam), "nudge")["documents"], "need some for this to mean anything"


def test_no_push_says_what_it_is_and_none_goes_to_the_peer(world, sam, ann, space):
    hard(ann, space)
    sam.sync(), ann.sync()
    for phone in (sam, ann):
        reachable(world, phone)
    pushed(world, sam)
    world.wait(LATE)
    world.parts.scheduler.run()
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    sent = world.parts.notifications.provider.sent
    assert [(one.token, one.payload["what"]) for one in sent] == [("id-sam", "new")]
    assert sent[0].payload.keys() == {"what", "badge", "collapse"}


OWN = {"id": "own", "text": "x", "origin": "person"}
FOLLOWED = (  # what follows; is nobody reminded?
    ("sam message.send", {"id": "s1", "text": "x", "origin": "person"}, True),
    ("sam ack.set", {"message": "m1", "with_you": True}, True),
    ("sam ack.set", {"message": "m0", "heard": True}, False),
    ("ann message.send", OWN, False),
    ("ann message.flag", {"id": "m1", "hard_to_say": False}, True),
    ("ann message.delete", {"id": "m1"}, True),
    ("ann message.edit", {"id": "m1", "text": "I was afraid."}, False),
    ("sam message.edit", {"id": "s0", "text": "Something from before, in other words."}, False),
    ("sam position.read", {"seq": 9}, False),
)


def test_nobody_is_reminded_where_something_followed_and_somebody_is_where_it_did_not(world, sam, ann, space):
    reminded = []
    for number, (action, given, is_silent) in enumerate(FOLLOWED):
        names = {name: f"{number}-{name}" for name in ("m0", "m1", "s0", "s1", "own")}
        assert send(ann, space, names["m0"], "hello")["ok"]
        assert send(sam, space, names["s0"], "hello")["ok"]
        hard(ann, space, names["m1"])
        who, name = action.split()
        args = {key: names.get(value, value) for key, value in given.items()}
        assert {"sam": sam, "ann": ann}[who].do(name, space=space, **args)["ok"], action
        reminded += [] if is_silent else [names["m1"]]
        for wait in (LATE, DAY):
            world.wait(wait)
            assert nudges(world, sam) == reminded, action


def test_what_is_acknowledged_and_taken_back_was_not_answered(world, sam, ann, space):
    for name in ("m1", "m2"):
        hard(ann, space, name)
        assert sam.do("ack.set", space=space, message=name, heard=True, i_need_time=name == "m2")["ok"]
        assert sam.do("ack.set", space=space, message=name, heard=False)["ok"]
    world.wait(LATE)
    assert nudges(world, sam) == ["m1"]


@pytest.mark.parametrize("ending", ["pairing.end", "pairing.rematch"])
def test_after_the_end_nobody_is_reminded_of_anything(world, sam, ann, space, ending):
    hard(ann, space)
    assert ann.do(ending, pairing=space[5:])["ok"]
    world.wait(10 * DAY)
    assert nudges(world, sam) == []


def test_more_of_her_own_that_she_deletes_again_is_no_answer(world, sam, ann, space):
    hard(ann, space)
    assert send(ann, space, "a2", "I did not mean that.")["ok"]
    assert ann.do("message.delete", space=space, id="a2")["ok"]
    world.wait(LATE)
    assert nudges(world, sam) == ["m1"]


def test_an_answer_that_was_deleted_again_leaves_a_message_without_one(world, sam, ann, space):
    hard(ann, space)
    assert send(sam, space, "s1", "Oh.")["ok"]
    assert sam.do("message.delete", space=space, id="s1")["ok"]
    world.wait(LATE)
    assert nudges(world, sam) == ["m1"]


def test_nobody_is_reminded_of_what_they_cannot_answer_because_it_is_paused(world, sam, ann, space):
    """While it is paused, neither a message nor an acknowledgement can follow."""
    hard(ann, space)
    assert ann.do("pairing.pause", pairing=space[5:])["ok"]
    world.wait(LATE)
    assert nudges(world, sam) == []


def test_what_is_said_to_have_been_hard_later_counts_from_then_and_saying_it_again_reminds_nobody_again(
    world, sam, ann, space
):
    assert send(ann, space, "m1", "I am afraid.")["ok"]
    world.wait(DAY)
    assert nudges(world, sam) == []
    flag = {"space": space, "id": "m1"}
    assert ann.do("message.flag", **flag, hard_to_say=True)["ok"]
    world.wait(LATE - 1)
    assert nudges(world, sam) == []
    world.wait(1)
    assert nudges(world, sam) == ["m1"]
    for is_hard in (False, True):
        assert ann.do("message.flag", **flag, hard_to_say=is_hard)["ok"]
    [before] = sam.records("nudge")
    world.wait(LATE)
    assert nudges(world, sam) == ["m1"]
    assert sam.records("nudge") == [before]


def test_the_specialists_own_words_remind_nobody(world, sam, ann, space):
    hard(sam, space)
    assert due(world, space) is None
    world.wait(10 * DAY)
    assert nudges(world, sam) == []
    assert nudges(world, ann) == []


CLOCKS = {  # name: (zone, weekly, exceptions, when it arrives, when somebody is reminded), in UTC
    "no hours at all": (None, [], {}, "2026-11-25T10:00", "2026-11-28T10:00"),
    "on shift": ("UTC", ALWAYS, {}, "2026-12-02T09:00", "2026-12-02T13:00"),
    "two hours a day": ("UTC", WEEKDAYS, {}, "2026-12-09T10:00", "2026-12-11T10:00"),
    "written at night": ("UTC", [[day, 540, 1020] for day in range(7)], {}, "2026-12-16T23:00", "2026-12-17T13:00"),
    "in another zone": (
        "America/New_York", [[day, 540, 1020] for day in range(7)], {}, "2026-12-23T08:00", "2026-12-23T18:00",
    ),
    "a day off": (
        "UTC", [[day, 540, 1020] for day in range(7)], {"2026-12-31": []}, "2026-12-30T15:00", "2027-01-01T11:00",
    ),
    "over a weekend, three days at most": ("UTC", WEEKDAYS, {}, "2027-01-08T10:00", "2027-01-11T10:00"),
    "hours that are empty": ("UTC", [], {}, "2027-01-20T10:00", "2027-01-23T10:00"),
}  # fmt: skip


def test_only_the_hours_in_which_the_specialist_is_there_count(world, sam, ann, pair):
    told = []
    for number, (name, (zone, weekly, exceptions, arrives, reminded)) in enumerate(CLOCKS.items()):
        world.time = at(arrives)
        if zone is not None:
            hours(sam, weekly, zone, exceptions)
        hard(ann, pair, f"m{number}")
        world.time = at(reminded) - 1
        assert nudges(world, sam) == told, name
        world.time = at(reminded)
        told.append(f"m{number}")
        assert nudges(world, sam) == told, name


def test_it_waits_for_the_end_of_quiet_hours_and_what_follows_meanwhile_still_counts(world, sam, ann, space):
    assert sam.do("quiet.set", zone="UTC", spans=[[780, 1080]])["ok"]  # 13:00 to 18:00
    world.time = at("2026-11-25T10:00")
    hard(ann, space)
    hard(ann, space, "m2")
    for moment in ("2026-11-25T14:00", "2026-11-25T17:59"):
        world.time = at(moment)
        assert nudges(world, sam) == []
    assert sam.do("ack.set", space=space, message="m2", heard=True)["ok"]
    world.time = at("2026-11-25T18:00")
    assert nudges(world, sam) == ["m1"]
    world.wait(DAY)
    assert nudges(world, sam) == ["m1"]


def test_a_worker_that_dies_on_the_way_reminds_nobody_twice_and_forgets_nobody(world, sam, ann, space, monkeypatch):
    hard(ann, space)
    world.wait(LATE)
    order, asked = world.parts.backend.order, []

    def dies(name, args, cause):
        asked.append((name, args, cause))
        if len(asked) > 1:
            order(name, args, cause)
        raise RuntimeError("died")

    monkeypatch.setattr(world.parts.backend, "order", dies)
    assert nudges(world, sam) == []  # before it was stored
    assert nudges(world, sam) == ["m1"]  # after it was stored; nobody heard of it
    [before] = sam.records("nudge")
    world.restarted()
    world.wait(20_000)
    sam.transport.parts = world.parts
    assert nudges(world, sam) == ["m1"]
    world.parts.backend.order(*asked[0])
    assert nudges(world, sam) == ["m1"]
    assert sam.records("nudge") == [before]


def test_a_row_of_an_app_is_hard_to_say_as_well(world, sam, ann, space):
    ask = asking(world, ann)
    assert send(ann, space, "m0", "hello")["ok"]
    [first] = rows(ask, "message")["documents"]
    new = {**first, "id": "m7", "text": "I am afraid.", "hard_to_say": True, "origin": "person"}
    assert ask(f"{RX}/message/push", json=[{"newDocumentState": new, "assumedMasterState": None}]) == "[]"
    ann.sync()
    [name] = [row["id"] for row in ann.records("message") if row["data"]["text"] == "I am afraid."]
    assert due(world, space, name) is not None
    world.wait(LATE)
    assert nudges(world, sam) == [name]
