"""Calls for help that cross: two phones, a close and a raise, people who go. None is lost, and nobody is sent away."""

import pytest

from server.commands.context import Caller
from sync.clock import MINUTE
from tests.adapters.rows.client_database_driver import make
from tests.phone import Phone
from tests.sync.client_databases import Melon
from tests.transports import Direct
from tests.trust.calling import HOURS, NEVER, call, calls, climb, raised, sos, staff_of
from tests.trust.scene import pushed, reachable


@pytest.fixture
def staff(world, sam, pair):
    return staff_of(world, sam)


def tablet_of(world, phone):
    caller = Caller(phone.user, f"tablet-of-{phone.user}", phone.transport.caller.role)
    return Phone(Direct(world.parts, caller), phone.user, caller.device, lambda: world.time)


def live(phone):
    phone.sync()
    return [row for row in phone.records("sos") if row["data"]["state"] != "closed"]


# Closed and raised again


@pytest.mark.parametrize("order", ["overtaking", "in order"])
def test_one_that_is_closed_and_one_that_is_raised_in_the_same_push_leave_somebody_called(
    world, sam, ann, staff, order
):
    raised(ann, "a")
    world.wait(MINUTE)
    ann.does("sos.close", id="a")
    ann.does("sos.raise", id="b", words="it is back, worse")
    if order == "in order":
        ann.outbox.sort(key=lambda mutation: mutation["name"])
    assert all(outcome["ok"] for outcome in ann.push())
    assert len(live(ann)) == 1
    assert [row["data"]["state"] for row in calls(sam)].count("open") == 1
    assert "it is back, worse" in str(calls(sam))
    world.wait(MINUTE)
    assert ann.do("sos.close", id="b")["ok"]
    assert live(ann) == []
    assert {row["data"]["state"] for row in calls(sam)} == {"over"}


def test_rows_that_close_one_and_raise_another_in_one_push_leave_somebody_called(world, sam, ann, staff):
    app = Melon(world, ann)
    app.pull()
    make(app, "sos", "a", words="Please.", raised_at=world.time)
    app.pull()
    world.wait(MINUTE)
    over = app.changed("sos", "a", state="closed")
    blank = {**over, "_status": "created", "_changed": "", "state": "", "said": "[]", "asked": "[]", "taken": "{}"}
    world.wait(MINUTE)
    app.push("sos", created=[{**blank, "id": "b", "words": "again", "raised_at": world.time}], updated=[over])
    assert [row["data"]["words"] for row in live(ann)] == ["again"]
    assert sorted(row["data"]["state"] for row in calls(sam)) == ["open", "over"]


def test_words_from_another_phone_reach_whoever_is_called_and_it_can_be_closed_by_its_own_name(world, sam, ann, staff):
    raised(ann, "a")
    tablet = tablet_of(world, ann)
    for name, args in (("sos.raise", {"words": "I took pills"}), ("sos.say", {"words": "hurry"})):
        assert tablet.do(name, id="b", **args)["ok"]
    assert [one["text"] for one in calls(sam)[0]["data"]["said"]] == ["I took pills", "hurry"]
    world.wait(1)
    assert tablet.do("sos.close", id="b")["ok"]
    assert live(ann) == []


def test_an_old_one_from_another_phone_ends_no_help_that_is_there(world, sam, ann, staff):
    tablet = tablet_of(world, ann)
    tablet.does("sos.raise", id="old")
    world.wait(MINUTE)
    raised(ann, "new")
    assert sam.do("call.take", id=call(sam))["ok"]
    assert sam.do("call.say", id=call(sam), words="I am here, tell me")["ok"]
    world.wait(10 * MINUTE)
    tablet.sync()
    [row] = calls(sam)
    assert (row["data"]["state"], row["data"]["said"][0]["text"]) == ("taken", "I am here, tell me")
    assert sos(ann, "new")["taken"]["by"] == "specialist"
    assert [row["data"]["state"] for row in calls(staff["oscar"])] == ["open"]


def test_the_same_one_sent_twice_calls_nobody_twice(world, sam, ann, staff):
    """As apps do: at once by itself, and with what is synchronized later."""
    raised(ann, "a", words="please")
    assert sam.do("call.take", id=call(sam))["ok"]
    asked = sos(ann, "a")["asked"]
    assert raised(ann, "a", words="please")["data"]["state"] == "taken"
    assert (sos(ann, "a")["asked"], sos(ann, "a")["said"]) == (asked, [])


@pytest.mark.parametrize("words", ["", None, "x" * 501, "   "])
def test_no_call_for_help_is_refused_for_its_words(ann, staff, words):
    assert raised(ann, "a", words=words)["data"]["words"] == ((words or "").strip()[:500] or None)


def test_a_clock_that_is_years_behind_does_not_make_a_call_years_old(world, sam, ann, staff):
    slow = Phone(Direct(world.parts, ann.transport.caller), ann.user, "slow", lambda: 0)
    assert slow.do("sos.raise", id="a")["ok"]
    assert calls(sam)[0]["data"]["raised_at"] >= world.time - 24 * 60 * MINUTE


# Who may not be called any more


@pytest.mark.parametrize("state", ["open", "taken"])
def test_who_is_taken_out_of_service_is_called_no_more_and_is_not_said_to_be_there(world, sam, ann, staff, state):
    assert staff["olga"].do("watch.edit", handle="sam", hours=HOURS)["ok"]
    raised(ann, words="private")
    name = call(sam)
    if state == "taken":
        assert sam.do("call.take", id=name)["ok"]
    assert staff["olga"].do("specialist.deactivate", specialist="sam", sudden=True)["ok"]
    assert sam.do("call.take", id=name)["error"]["code"] == "wrong_state"
    assert "private" not in str(calls(sam))
    assert (sos(ann)["state"], sos(ann)["taken"]) == ("raised", None)
    climb(world, 60)
    assert {row["data"]["state"] for row in calls(sam)} == {"over"}
    assert len([row for row in calls(staff["oscar"]) if row["data"]["state"] == "open"]) == 1


@pytest.mark.parametrize("state", ["open", "taken"])
def test_who_is_on_call_no_more_is_called_no_more(world, sam, ann, staff, state):
    assert sam.do("availability.set", **NEVER)["ok"]
    raised(ann)
    oscar = staff["oscar"]
    name = call(oscar)
    if state == "taken":
        assert oscar.do("call.take", id=name)["ok"]
    assert staff["olga"].do("watch.edit", handle="oscar", hours=None)["ok"]
    assert oscar.do("call.take", id=name)["error"]["code"] == "wrong_state"
    assert (sos(ann)["state"], sos(ann)["taken"]) == ("raised", None)


@pytest.mark.parametrize("state", ["open", "seen", "taken"])
@pytest.mark.parametrize("who", ["ann", "sam"])
def test_an_sos_tells_no_block_from_any_other_parting(world, sam, ann, pair, staff, who, state):
    """Side by side: the same, whether they are blocked, re-matched, or left."""
    told = {}
    for number, parting in enumerate(["block.set", "pairing.rematch", "pairing.end"]):
        two = [
            world.phone(world.person(f"{name}{number}", role))
            for name, role in (("sam", "specialist"), ("ann", "peer"))
        ]
        space = world.paired(*two)
        assert two[0].do("availability.set", **HOURS)["ok"]
        raised(two[1], words="please")
        if state != "open":
            assert two[0].do(f"call.{state[:4].rstrip('n')}", id=call(two[0]))["ok"]
        by = two[who == "ann"]
        args = {"space": space} if parting == "block.set" else {"pairing": space[5:]}
        outcome = by.do(parting, **args)
        if not outcome["ok"]:
            continue  # a specialist has no re-match
        [row] = calls(two[0])
        mine = sos(two[1])
        told[parting] = (row["data"]["state"], row["data"]["words"], row["data"]["where"], mine["state"], mine["taken"])
        assert two[0].do("call.take", id=row["id"])["error"]["code"] == "wrong_state"
    assert len(told) >= 2
    assert set(told.values()) == {("over", None, None, "raised", None)}


def test_who_was_parted_from_by_a_rematch_is_not_called_as_whoever_is_on_call(world, sam, ann, pair, staff):
    assert staff["olga"].do("watch.edit", handle="sam", hours=HOURS)["ok"]
    assert ann.do("pairing.rematch", pairing=pair[5:])["ok"]
    raised(ann, words="about him")
    climb(world, 30)
    assert calls(sam) == []
    assert len(calls(staff["oscar"])) == 1


# Who is woken


def test_who_is_on_call_is_woken_in_quiet_hours_also_if_they_were_called_before_as_somebodys_own(
    world, sam, ann, staff
):
    assert staff["olga"].do("watch.edit", handle="sam", hours=HOURS)["ok"]
    reachable(world, sam)
    raised(ann)
    pushed(world, sam)
    assert sam.do("quiet.set", zone="UTC", spans=[[0, 1380]])["ok"]
    climb(world, 3)
    assert [one["what"] for one in pushed(world, sam)] == ["urgent"]


def test_who_called_is_woken_when_a_person_answers(world, sam, ann, staff):
    reachable(world, ann)
    assert ann.do("quiet.set", zone="UTC", spans=[[0, 1380]])["ok"]
    raised(ann)
    climb(world, 3)
    assert pushed(world, ann) == [], "only that others have been called"
    assert sam.do("call.take", id=call(sam))["ok"]
    assert [one["what"] for one in pushed(world, ann)] == ["urgent"]


def test_nobody_is_woken_for_what_is_over_by_then(world, sam, ann, staff):
    assert sam.do("availability.set", **NEVER)["ok"]
    reachable(world, staff["oscar"])
    raised(ann)
    world.parts.notifications.enqueuer.enqueue()
    assert ann.do("sos.close", id="s1")["ok"]
    assert pushed(world, staff["oscar"]) == []


def test_much_that_was_said_and_many_on_call_do_not_stop_it(world, sam, ann, staff):
    many = [world.phone(world.person(f"op{number}", "operator")) for number in range(45)]
    for number in range(45):
        assert staff["olga"].do("watch.edit", handle=f"op{number}", hours=HOURS)["ok"]
    raised(ann)
    for _ in range(100):
        ann.does("sos.say", id="s1", words="\u4e2d" * 500)
    assert all(outcome["ok"] for outcome in ann.push())
    climb(world, 3)
    [row] = calls(many[44])
    assert len(row["data"]["said"]) == 5
    assert many[44].do("call.take", id=row["id"])["ok"]
    assert len(calls(many[44])[0]["data"]["said"]) == 100
    assert ann.do("sos.say", id="s1", words="\u4e2d" * 500)["ok"]
