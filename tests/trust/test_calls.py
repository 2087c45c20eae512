"""Calls for help: two who take them at once, what is said, who it is, and people who go."""

import json
from dataclasses import replace

import pytest

from server.app import build
from tests.conftest import CONFIG
from tests.sealed import to_be_read
from tests.trust.calling import HOURS, NEVER, WORDS, at_once, call, calls, climb, raised, sos, staff_of
from tests.trust.scene import pushed, reachable, send


@pytest.fixture
def staff(world, sam, pair):
    return staff_of(world, sam)


# Said and taken


def test_two_who_take_it_at_once_on_two_workers_have_not_both_taken_it(world, sam, ann, staff):
    raised(ann, words=WORDS)
    climb(world, 3)
    oscar = staff["oscar"]
    oscar.transport.parts = build(CONFIG, world.mongo, lambda: world.time)
    names = {phone: call(phone) for phone in (sam, oscar)}
    outcomes = at_once([lambda: sam.do("call.take", id=names[sam]), lambda: oscar.do("call.take", id=names[oscar])])
    assert sorted(outcome["ok"] for outcome in outcomes) == [False, True]
    [refused] = [outcome for outcome in outcomes if not outcome["ok"]]
    assert refused["error"]["code"] == "wrong_state"
    assert sos(ann)["taken"]["by"] == ("specialist" if outcomes[0]["ok"] else "on_call")
    assert [one["data"]["state"] for phone in (sam, oscar) for one in calls(phone)].count("taken") == 1


def test_the_others_are_told_that_it_is_over_and_keep_no_words(world, sam, ann, staff):
    raised(ann, words=WORDS)
    climb(world, 3)
    assert ann.do("sos.say", id="s1", words="please come")["ok"]
    assert WORDS in json.dumps(calls(sam))
    assert "please come" in json.dumps(calls(sam))
    assert staff["oscar"].do("call.take", id=call(staff["oscar"]))["ok"]
    [left] = calls(sam)
    assert {name: left["data"][name] for name in ("state", "words", "said", "where")} == {
        "state": "over", "words": None, "said": [], "where": None,
    }  # fmt: skip
    kept = to_be_read(world.mongo, {"kind": "call", "space": f"user:{sam.user}"})
    assert left["id"] in kept
    assert WORDS not in kept
    assert "please come" not in kept
    for name, args in (("call.take", {}), ("call.see", {}), ("call.say", {"words": "Hello?"})):
        assert sam.do(name, id=left["id"], **args)["error"]["code"] == "wrong_state"


def test_what_both_say_is_told_to_both_and_by_whom(world, sam, ann, staff):
    raised(ann, words=WORDS)
    assert ann.do("sos.say", id="s1", words="please")["ok"]
    assert sam.do("call.say", id=call(sam), words="too early")["error"]["code"] == "wrong_state"
    assert sam.do("call.take", id=call(sam))["ok"]
    assert sam.do("call.say", id=call(sam), words="I am here")["ok"]
    assert ann.do("sos.say", id="s1", words="thank you")["ok"]
    said = [(one["by"], one["text"]) for one in sos(ann)["said"]]
    assert said == [("me", "please"), ("specialist", "I am here"), ("me", "thank you")]
    said = [(one["by"], one["text"]) for one in calls(sam)[0]["data"]["said"]]
    assert said == [("them", "please"), ("me", "I am here"), ("them", "thank you")]


def test_who_is_called_later_reads_what_was_said_before_as_said_by_the_other(world, ann, staff):
    raised(ann)
    assert ann.do("sos.say", id="s1", words="please")["ok"]
    climb(world, 3)
    [late] = calls(staff["oscar"])
    assert [(one["by"], one["text"]) for one in late["data"]["said"]] == [("them", "please")]


def test_raised_once_more_after_it_was_taken_others_are_called_and_whoever_is_there_stays(world, sam, ann, staff):
    raised(ann, words=WORDS)
    assert sam.do("call.take", id=call(sam))["ok"]
    again = raised(ann, "s2", words="he does not answer")
    assert (again["id"], again["data"]["state"], again["data"]["taken"]["by"]) == ("s1", "raised", "specialist")
    [late] = calls(staff["oscar"])
    assert [one["text"] for one in late["data"]["said"]] == ["he does not answer"]
    [there] = calls(sam)
    assert (there["data"]["state"], there["data"]["said"][-1]["text"]) == ("taken", "he does not answer")
    assert staff["oscar"].do("call.take", id=late["id"])["ok"]
    assert (sos(ann)["state"], sos(ann)["taken"]["by"]) == ("taken", "on_call")
    for phone in (sam, staff["oscar"]):
        assert phone.do("call.say", id=call(phone), words="I am here.")["ok"]
    assert [one["by"] for one in sos(ann)["said"]] == ["me", "specialist", "on_call"]


def test_who_closes_it_ends_every_call_and_can_close_it_twice(world, sam, ann, staff):
    raised(ann, words=WORDS)
    climb(world, 3)
    assert ann.do("sos.close", id="s1")["ok"]
    assert ann.do("sos.close", id="s1")["ok"]
    assert {one["data"]["state"] for phone in (sam, staff["oscar"]) for one in calls(phone)} == {"over"}
    assert ann.do("sos.say", id="s1", words="again")["error"]["code"] == "wrong_state"
    climb(world, 60)
    assert {one["data"]["state"] for phone in (sam, staff["oscar"], staff["sue"]) for one in calls(phone)} == {"over"}


def test_nobody_touches_what_is_not_theirs(world, sam, ann, eve, staff):
    raised(ann)
    name = call(sam)
    for phone in (eve, ann, staff["oscar"]):
        for action in ("call.see", "call.take"):
            assert phone.do(action, id=name)["error"]["code"] == "not_found"
    for phone in (eve, sam):
        for action, args in (("sos.close", {}), ("sos.say", {"words": "x"})):
            assert phone.do(action, id="s1", **args)["error"]["code"] == "not_found"
    assert eve.do("watch.edit", handle="eve", hours=HOURS)["error"]["code"] == "forbidden"
    assert sam.do("watch.edit", handle="sam", hours=HOURS)["error"]["code"] == "forbidden"


# Who it is


def test_a_call_shows_nothing_of_who_it_is_but_ones_own_pairing(world, sam, ann, pair, staff):
    assert ann.do("profile.edit", name="Ann", about="I read.", languages={"en": 3})["ok"]
    assert send(ann, pair, "m1", "canary")["ok"]
    raised(ann, words=WORDS)
    climb(world, 3)
    climb(world, 5)
    assert calls(sam)[0]["data"]["where"] == pair
    for name in ("oscar", "sue"):
        [row] = calls(staff[name])
        assert row["data"].keys() == {"state", "raised_at", "as", "where", "words", "said"}
        assert row["data"]["where"] is None
        shown = json.dumps([one for one in staff[name].replica.values() if one["kind"] == "call"])
        for secret in ("id-ann", "ann", "Ann", pair, pair[5:], "canary", "s1", "id-sam"):
            assert secret not in shown.replace(row["id"], ""), (name, secret)
    ids = {call(phone) for phone in (sam, staff["oscar"], staff["sue"])}
    assert len(ids) == 3, "two who are called cannot tell by its id that it is the same"
    assert "id-" not in json.dumps(sos(ann)), "nor does who raised it learn who was called"


def test_a_push_for_a_call_says_nothing_of_it(world, sam, ann, staff):
    for phone in (sam, staff["oscar"], staff["sue"]):
        reachable(world, phone)
    raised(ann, words=WORDS)
    assert pushed(world, sam) == [{"what": "new", "badge": 0, "collapse": "new"}]
    climb(world, 3)
    assert pushed(world, staff["oscar"]) == [{"what": "urgent", "badge": 0, "collapse": "urgent"}]
    climb(world, 5)
    assert pushed(world, staff["sue"]) == [{"what": "new", "badge": 0, "collapse": "new"}]


# People who go


def leaves(world, phone):
    """Let somebody delete their account. That of an operator is deleted by another one, who takes the role first."""
    caller = phone.transport.caller
    role = "peer" if caller.role == "operator" else caller.role
    world.parts.accounts.remove_confirmed(replace(caller, role=role))


def test_when_a_peer_deletes_their_account_their_call_is_over_and_keeps_no_words(world, sam, ann, staff):
    raised(ann, words=WORDS)
    leaves(world, ann)
    [row] = calls(sam)
    assert (row["data"]["state"], row["data"]["words"]) == ("over", None)
    assert sam.do("call.take", id=row["id"])["error"]["code"] == "wrong_state"
    climb(world, 60)
    assert [one["data"]["state"] for one in calls(sam)] == ["over"]
    assert calls(staff["oscar"]) == []


def test_when_one_who_is_called_deletes_their_account_the_next_are_called(world, sam, ann, staff):
    raised(ann, words=WORDS)
    leaves(world, sam)
    assert sos(ann)["state"] == "raised"
    climb(world, 3)
    assert ann.do("sos.say", id="s1", words="hello?")["ok"]
    assert [one["who"] for one in sos(ann)["asked"]] == ["specialist", "on_call"]
    assert staff["oscar"].do("call.take", id=call(staff["oscar"]))["ok"]
    assert sos(ann)["state"] == "taken"
    assert ann.do("sos.close", id="s1")["ok"]


@pytest.mark.parametrize("who", ["specialist", "on_call", "supervisor"])
def test_when_one_who_took_it_deletes_their_account_others_are_called_at_once_and_they_are_not(world, ann, staff, who):
    """Nor is it said any more that somebody is there."""
    names = {"specialist": "sam", "on_call": "oscar", "supervisor": "sue"}
    raised(ann, words=WORDS)
    for minutes in (3, 5):
        climb(world, minutes)
    if who != "specialist":
        assert staff["sam"].do("availability.set", **NEVER)["ok"]
    gone = staff.pop(names[who])
    assert gone.do("call.take", id=call(gone))["ok"]
    assert sos(ann)["taken"]["by"] == who
    before = len(sos(ann)["asked"])
    leaves(world, gone)
    assert (sos(ann)["state"], sos(ann)["taken"]) == ("raised", None)
    again = [one["who"] for one in sos(ann)["asked"][before:]]
    assert again == ["supervisor" if who == "on_call" else "on_call"]
    next_called = staff[names[again[0]]]
    assert [one["data"]["state"] for one in calls(next_called)] == ["open"]
    assert world.mongo.records.count_documents({"kind": "call", "space": f"user:{gone.user}"}) == 0


def test_who_has_deleted_their_account_is_on_call_no_more(world, ann, staff):
    leaves(world, staff["oscar"])
    raised(ann)
    climb(world, 3)
    assert [one["who"] for one in sos(ann)["asked"]] == ["specialist", "supervisor"]
    assert world.mongo.records.count_documents({"space": "user:id-oscar"}) == 0
