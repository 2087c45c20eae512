"""Promises: by the clock on the wall, missed exactly once, and kept if the phone was in time and the network late."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from server.commands.context import COMMANDS
from sync.clock import DAY, DRIFT, HOUR
from sync.record import Key
from tests.conftest import START
from tests.phone import Phone
from tests.transports import Direct
from tests.trust.scene import pushed, reachable

TABLE = json.loads((Path(__file__).parents[2] / "docs/vectors/promises.json").read_text(encoding="utf-8"))
BY = "2026-11-24T18:00"
BY_AT = round(datetime.fromisoformat("2026-11-24T17:00Z").timestamp() * 1000)  # BY in Berlin
GRACE = 2 * HOUR
IN_TIME = [  # when it is written, when it arrives, whether it is late
    (BY_AT - HOUR, BY_AT - HOUR, False), (BY_AT, BY_AT, False), (BY_AT - 1, BY_AT + 1, True),
    (BY_AT, BY_AT + GRACE, True), (BY_AT - DAY, BY_AT + GRACE, True),
]  # fmt: skip
TOO_LATE = [
    (written, arrived, timers_first)
    for written, arrived in (
        (BY_AT + 1, BY_AT + 1), (BY_AT + 1, BY_AT + GRACE), (BY_AT - HOUR, BY_AT + GRACE + 1), (BY_AT, BY_AT + DAY),
    )
    for timers_first in (True, False)
]  # fmt: skip


def at(text):
    """Return a moment in ms."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def make(phone, space, name="v1", by=BY, zone="Europe/Berlin", **more):
    return phone.do("promise.make", space=space, id=name, by=by, zone=zone, **more)


def promise(phone, name="v1"):
    phone.pull()
    [row] = [row for row in phone.records("promise") if row["id"] == name]
    return row["data"]


def state(phone, name="v1"):
    return promise(phone, name)["state"]


def stored(world, space, name="v1"):
    return world.parts.reader.get([Key(space, "promise", name)])[Key(space, "promise", name)]


def skewed(world, phone, ms):
    """Return another phone of somebody, whose clock is wrong by so much."""
    caller = phone.transport.caller
    return Phone(Direct(world.parts, caller), caller.user, f"{caller.device}-skewed", lambda: world.time + ms)


@pytest.fixture
def made(world, ann, pair):
    assert world.time == START < BY_AT
    assert make(ann, pair)["ok"]
    return pair


# The clock on the wall


def test_every_published_time_is_promised_as_the_table_says_and_missed_after_two_hours_of_grace(world, sam, ann, pair):
    for number, vector in enumerate(TABLE["vectors"]):
        moment, name = at(vector["instant"]), f"t{number}"
        world.time = moment - DAY
        if world.time <= 0:  # no phone has made a promise before 1970, or so shortly after it
            continue
        assert make(ann, pair, name, vector["local"], vector["zone"])["ok"], vector["name"]
        found = promise(sam, name)
        assert (found["by_at"], found["grace_until"]) == (moment, moment + GRACE), vector["name"]
        assert (found["by"], found["zone"]) == (vector["local"], vector["zone"])
        world.time = moment + GRACE - 1
        world.parts.scheduler.run()
        assert state(sam, name) == "made", vector["name"]
        world.time = moment + GRACE
        world.parts.scheduler.run()
        assert state(sam, name) == "missed", vector["name"]


def test_what_the_table_refuses_cannot_be_promised_nor_renewed_for(sam, ann, made):
    for vector in TABLE["refused"]:
        local, zone = vector["local"], vector["zone"]
        renewed = ann.do("promise.renew", space=made, id="v1", by=local, zone=zone)
        for outcome in (make(ann, made, "v2", local, zone), renewed):
            assert outcome["error"]["code"] == "bad_request", vector["why"]
            assert outcome["error"]["details"]["field"] in {"args.by", "args.zone"}
    assert (promise(sam)["by"], len(sam.records("promise"))) == (BY, 1)


def test_a_promise_is_for_a_time_to_come_within_90_days(world, ann, pair):
    world.time = BY_AT
    assert make(ann, pair, "v1")["error"]["details"]["field"] == "args.by"
    world.time = BY_AT - 90 * DAY - 1
    assert make(ann, pair, "v2")["error"]["details"]["field"] == "args.by"
    world.time = BY_AT - 90 * DAY
    assert make(ann, pair, "v3")["ok"]


# Missed, once


def test_a_promise_is_missed_exactly_once_whoever_dies_or_answers_too_late(world, sam, ann, made, monkeypatch):
    """A second worker, a restart, and an answer that is lost after all was stored."""
    world.time = BY_AT + GRACE
    order, lost = world.parts.backend.order, []

    def answers_nobody(name, args, cause):
        order(name, args, cause)
        lost.append((name, args, cause))
        raise RuntimeError("the answer was lost")

    monkeypatch.setattr(world.parts.backend, "order", answers_nobody)
    world.parts.scheduler.run()
    assert [name for name, *_ in lost] == ["promise.turn"]
    missed = stored(world, made)
    assert missed.data["state"] == "missed"
    for _ in range(3):
        world.restarted()
        world.wait(20_000)
        world.parts.scheduler.run()
        world.parts.backend.order(*lost[0])
        world.parts.backend.order(lost[0][0], lost[0][1], f"another-{world.time}")
    assert stored(world, made) == missed, "it takes no second place in the order of its space"
    sam.transport.parts = world.parts
    assert state(sam) == "missed"


def test_a_worker_that_dies_before_it_stores_leaves_the_promise_to_the_next(world, sam, made, monkeypatch):
    world.time = BY_AT + GRACE

    def dies(*_):
        raise RuntimeError("died")

    monkeypatch.setattr(world.parts.backend, "order", dies)
    world.parts.scheduler.run()
    assert stored(world, made).data["state"] == "made"
    world.restarted()
    assert world.parts.scheduler.run() == 0, "the lease of who died is not over"
    world.wait(20_000)
    assert world.parts.scheduler.run() == 1
    assert stored(world, made).data["state"] == "missed"


def test_both_are_told_once_that_a_promise_was_missed(world, sam, ann, made):
    for phone in (sam, ann):
        reachable(world, phone)
        pushed(world, phone)
    world.time = BY_AT + GRACE
    for _ in range(3):
        world.parts.scheduler.run()
        world.wait(1000)
    world.parts.notifications.enqueuer.enqueue()
    world.parts.notifications.scheduler.run()
    sent = [(one.token, one.payload["what"]) for one in world.parts.notifications.provider.sent]
    assert sorted(sent) == [("id-ann", "new"), ("id-sam", "new")]


# Kept


def promised(world, ann, space, name):
    """Return a phone of hers, new and with a right clock, on which she promised something two days before."""
    world.time = BY_AT - 2 * DAY
    phone = world.phone(ann.transport.caller, f"ann-{name}")
    phone.pull()
    assert make(phone, space, name)["ok"]
    return phone


def test_what_was_kept_on_the_phone_in_time_is_kept_and_says_if_it_was_late(world, sam, ann, pair):
    for number, (written, arrived, late) in enumerate(IN_TIME):
        name = f"k{number}"
        phone = promised(world, ann, pair, name)
        world.time = written
        phone.does("promise.keep", space=pair, id=name)
        world.time = arrived
        if arrived < BY_AT + GRACE:
            world.parts.scheduler.run()
        assert phone.push()[0]["ok"], (written, arrived)
        assert (state(sam, name), promise(sam, name)["late"]) == ("kept", late)
        world.time = BY_AT + 2 * GRACE
        world.parts.scheduler.run()
        assert phone.do("promise.keep", space=pair, id=name)["ok"], "done twice is done once"
        assert (state(sam, name), promise(sam, name)["late"]) == ("kept", late)


def test_what_was_written_or_arrived_too_late_is_refused_and_the_promise_is_missed(world, sam, ann, pair):
    for number, (written, arrived, timers_first) in enumerate(TOO_LATE):
        name = f"l{number}"
        phone = promised(world, ann, pair, name)
        world.time = written
        phone.does("promise.keep", space=pair, id=name)
        phone.does("promise.renew", space=pair, id=name, by="2026-11-30T18:00", zone="UTC")
        world.time = arrived
        if timers_first:
            world.parts.scheduler.run()
        for outcome in phone.push():
            assert outcome["error"]["code"] == "wrong_state", (written, arrived)
            assert outcome["error"]["details"]["state"] == "missed"
        world.time = max(arrived, BY_AT + GRACE)
        world.parts.scheduler.run()
        assert state(sam, name) == "missed"


def test_a_phone_whose_clock_is_far_ahead_is_taken_to_write_when_it_arrives(world, sam, ann, made):
    fast = skewed(world, ann, 3 * DAY)
    world.time = BY_AT - 1000
    assert fast.do("promise.keep", space=made, id="v1")["ok"]
    assert (state(sam), promise(sam)["late"]) == ("kept", False)


def test_a_phone_whose_clock_is_a_little_ahead_keeps_what_arrives_in_time(world, sam, ann, made):
    """What has arrived before the time has come was written before it, whatever a phone's clock shows."""
    fast = skewed(world, ann, DRIFT)
    world.time = BY_AT - 1000
    assert fast.do("promise.keep", space=made, id="v1")["ok"]
    assert (state(sam), promise(sam)["late"]) == ("kept", False)


def test_a_phone_whose_clock_is_behind_gains_no_more_than_the_grace(world, sam, ann, made):
    world.time = BY_AT + GRACE + 1
    assert skewed(world, ann, -DAY).do("promise.keep", space=made, id="v1")["error"]["code"] == "wrong_state"
    world.parts.scheduler.run()
    assert state(sam) == "missed"


# Renewed, excused


def test_after_a_renewal_the_old_time_means_nothing_and_the_new_one_counts(world, sam, ann, made):
    old = stored(world, made)
    world.time = BY_AT - 1
    assert ann.do("promise.renew", space=made, id="v1", by="2026-11-25T18:00", zone="Europe/Berlin")["ok"]
    assert (promise(sam)["renewed"], promise(sam)["by_at"]) == (True, BY_AT + DAY)
    world.time = BY_AT + GRACE
    assert world.parts.scheduler.run() == 0
    with pytest.raises(Exception, match=r"later|due|early|yet"):
        world.parts.backend.order("promise.turn", {"space": made, "id": "v1"}, f"old-{old.seq}")
    assert state(sam) == "made"
    world.time = BY_AT + DAY + GRACE
    world.parts.scheduler.run()
    assert state(sam) == "missed"


def test_a_promise_is_renewed_for_later_only_and_by_who_made_it(world, sam, ann, eve, made):
    later = {"space": made, "id": "v1", "zone": "Europe/Berlin"}
    for by in (BY, "2026-11-24T17:59"):
        assert ann.do("promise.renew", by=by, **later)["error"]["details"]["field"] == "args.by"
    assert sam.do("promise.renew", by="2026-11-25T18:00", **later)["error"]["code"] == "forbidden"
    assert eve.do("promise.renew", by="2026-11-25T18:00", **later)["error"]["code"] == "not_found"
    assert sam.do("promise.keep", space=made, id="v1")["error"]["code"] == "forbidden"
    assert promise(sam)["by_at"] == BY_AT


def test_only_who_waited_excuses_and_what_was_kept_needs_no_excuse(world, sam, ann, made):
    assert make(ann, made, "v0", "2026-11-24T10:00")["ok"]
    world.time = BY_AT
    world.parts.scheduler.run()
    for name, before in (("v0", "missed"), ("v1", "made")):
        assert state(ann, name) == before
        assert ann.do("promise.excuse", space=made, id=name)["error"]["code"] == "forbidden"
        assert sam.do("promise.excuse", space=made, id=name)["ok"]
    world.time = BY_AT + GRACE + DAY
    world.parts.scheduler.run()
    assert [state(ann, name) for name in ("v0", "v1")] == ["excused", "excused"]
    assert make(ann, made, "v2", "2026-11-30T18:00")["ok"]
    assert ann.do("promise.keep", space=made, id="v2")["ok"]
    assert sam.do("promise.excuse", space=made, id="v2")["error"]["details"]["state"] == "kept"


def test_a_pause_excuses_and_after_the_end_nothing_is_said_any_more(world, sam, ann, made):
    assert make(ann, made, "v2", "2026-11-30T18:00")["ok"]
    assert sam.do("pairing.pause", pairing=made[5:])["ok"]
    world.time = BY_AT + GRACE
    world.parts.scheduler.run()
    assert state(ann) == state(sam) == "excused"
    assert sam.do("pairing.resume", pairing=made[5:])["ok"]
    assert sam.do("pairing.end", pairing=made[5:])["ok"]
    ann.sync()
    head, seen = world.parts.reader.extents([made])[made].head, dict(ann.replica)
    world.wait(10 * DAY)
    world.parts.scheduler.run()
    ann.sync()
    assert (world.parts.reader.extents([made])[made].head, ann.replica) == (head, seen)
    assert state(ann, "v2") == "made"
    assert stored(world, made, "v2").due is None, "nothing looks at it again"


def test_no_shape_says_when_somebody_was_last_there():
    names = {name for command in COMMANDS.values() for name in command.schema.fields}
    assert names & {"by", "zone", "words"}
    assert not {name for name in names if "last" in name or "online" in name or "presence" in name}


def test_no_answer_says_when_the_other_was_last_there(world, sam, ann, made):
    """What one is told of the other is the same whether they have just been there, or not for days."""
    other = world.phone(sam.transport.caller, "other")
    assert world.phone(ann.transport.caller, "another").pull() is None
    ann.pull()
    before = json.dumps(sorted(map(str, ann.replica.items())))
    world.wait(3 * HOUR)
    other.pull()
    sam.sync()
    ann.pull()
    assert json.dumps(sorted(map(str, ann.replica.items()))) == before
