"""An offer: answered once, or not at all; the place that it keeps is given back once."""

from datetime import datetime

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, no, ok

NIGHT_AND_EVENING = [span for day in range(7) for span in ([day, 60, 300], [day, 1200, 1320])]
OFFICE = [[day, 540, 1020] for day in range(5)]


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_who_is_asked_sees_what_it_is_about_and_why_them_and_nothing_else(town, sam, ann):
    offer = town.offer(sam, town.ask(ann, sam, name="Annie", note="hello", quiet=[], apart=["acme_works"]))
    assert {name: offer[name] for name in ("topics", "languages", "name", "note", "state")} == {
        "topics": GRIEF, "languages": ["en"], "name": "Annie", "note": "hello", "state": "sent",
    }  # fmt: skip
    assert [reason["code"] for reason in offer["reasons"]] == ["both_know", "share_hours_any", "speaks"]
    assert "id-ann" not in str(sam.replica)
    assert "acme_works" not in str(sam.replica)


def test_a_yes_makes_a_pairing_that_waits_for_the_peers_signature(town, sam, ann):
    space = town.pair(ann, sam)
    for phone in (ann, sam):
        assert town.pairing(phone, space)["state"] == "agreement_pending"
    assert (town.practice(sam)["active"], town.practice(sam)["reserved"]) == (1, 0)
    assert town.request(ann)["state"] == "paired"
    assert town.offer(sam, town.offers(sam, "accepted")[0])["pairing"] == space.removeprefix("pair:")


def test_a_no_needs_no_reason_and_the_search_goes_on_without_them_for_a_month(town, sam, ann):
    ok(sam.do("offer.decline", id=town.ask(ann, sam)))
    tom = town.specialist("tom")
    town.settle(HOUR)
    assert (town.request(ann)["last"], town.listed(ann)) == ("next", ["Tom"])
    ok(tom.do("specialist.leave", until=town.world.time + DAY))
    ok(ann.do("request.withdraw", id="r1"))
    town.settle(30 * DAY)
    assert town.look(ann, "r2") == ["Sam"]


def test_a_reason_is_for_oneself_only(town, sam, ann):
    offer = town.ask(ann, sam)
    ok(sam.do("offer.decline", id=offer, reason="too close to home"))
    town.settle()
    assert "too close" not in str(ann.replica)
    assert town.offer(sam, offer)["reason"] == "too close to home"


def test_topics_that_somebody_cannot_listen_to_now_are_not_brought_to_them_again(town, sam, ann, bob):
    ok(sam.do("offer.decline", id=town.ask(ann, sam), not_now=["grief_loss"]))
    assert town.practice(sam)["avoid"] == ["grief_loss"]
    assert town.look(bob) == []
    ok(sam.do("practice.edit", avoid=[]))
    town.settle(HOUR)
    assert town.listed(bob) == ["Sam"]


ANSWERS = ("accept", "decline")
ENDS = ("accepted", "declined", "expired", "withdrawn", "left")


@pytest.mark.parametrize("late", ANSWERS)
@pytest.mark.parametrize("end", ENDS)
def test_whoever_answers_late_gets_the_truth_and_nothing_happens_twice(town, sam, ann, late, end):
    offer = town.ask(ann, sam)
    end_it(town, sam, ann, offer, end)
    town.settle()
    before = town.request(ann)
    truth = "withdrawn" if end == "left" else end
    assert no(sam.do(f"offer.{late}", id=offer)) == ("wrong_state", truth)
    assert (town.request(ann), town.offer(sam, offer)["state"]) == (before, truth)
    assert town.practice(sam)["reserved"] == 0
    assert town.practice(sam)["active"] == (end == "accepted")


def end_it(town, sam, ann, offer, end):
    if end in {"accepted", "declined"}:
        ok(sam.do(f"offer.{end.removesuffix('ed').removesuffix('d')}" + ("e" if end == "declined" else ""), id=offer))
    elif end == "expired":
        town.world.wait(DAY)
    elif end == "withdrawn":
        ok(ann.do("request.withdraw", id="r1"))
    else:
        ok(sam.do("specialist.leave", until=town.world.time + DAY))


def test_an_offer_is_over_at_its_time_even_before_the_timers_look(town, sam, ann):
    offer = town.ask(ann, sam)
    town.world.time = town.offer(sam, offer)["due_at"]
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "expired")
    town.settle()
    assert town.request(ann)["state"] in {"open", "shortlisted"}


def test_an_answer_sent_twice_is_one_answer(town, sam, ann):
    offer = town.ask(ann, sam)
    sam.does("offer.accept", id=offer)
    twice = list(sam.outbox)
    first = sam.push()
    sam.outbox = twice
    assert [row["id"] for row in ok(sam.push()[0])] == [row["id"] for row in ok(first[0])]
    sam.sync()
    assert len(sam.spaces()) == 1


def test_of_two_phones_that_answer_differently_the_first_counts(town, sam, ann):
    offer, tablet = town.ask(ann, sam), town.second(sam)
    ok(tablet.do("offer.decline", id=offer))
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "declined")


def test_an_offer_of_somebody_else_is_not_there(town, sam, tom, ann):
    offer = town.ask(ann, sam)
    for name in ANSWERS:
        assert no(tom.do(f"offer.{name}", id=offer))[0] == "not_found"


@pytest.mark.parametrize("how", ["declined", "expired", "left"])
def test_a_peer_cannot_tell_a_no_from_silence_or_from_a_leave(tell, how):
    def story(town, how):
        ann, sam = town.peer("ann"), town.specialist("sam")
        offer = town.ask(ann, sam)
        town.world.time = town.offer(sam, offer)["due_at"] - (how != "expired")
        end_it(town, sam, ann, offer, how)
        town.world.time = town.offer(sam, offer)["due_at"]
        town.settle()
        return {name: row.get("data") for name, row in ann.replica.items()}

    assert tell(story, how) == tell(story, "declined")


@pytest.mark.parametrize(
    ("asked", "zone", "weekly", "due"),
    [
        ("2027-01-08T15:00Z", "UTC", OFFICE, "2027-01-09T15:00Z"),  # a Friday: 2 hours are left, then the weekend
        ("2027-01-08T15:00Z", "UTC", [*OFFICE, [5, 540, 1020]], "2027-01-09T11:00Z"),
        ("2027-01-06T15:00Z", "UTC", OFFICE, "2027-01-07T11:00Z"),
        ("2027-01-06T09:00Z", "UTC", OFFICE, "2027-01-06T13:00Z"),
        ("2027-03-27T23:00Z", "Europe/Berlin", NIGHT_AND_EVENING, "2027-03-28T19:00Z"),  # the night has an hour less
        ("2027-10-30T22:00Z", "Europe/Berlin", NIGHT_AND_EVENING, "2027-10-31T03:00Z"),  # and one more
        ("2027-01-06T09:00Z", "Asia/Kathmandu", [[2, 960, 1020]], "2027-01-07T09:00Z"),
    ],
)
def test_an_offer_waits_four_of_the_specialists_own_hours_and_a_day_at_most(town, ann, asked, zone, weekly, due):
    sam = town.specialist("sam", zone=zone, weekly=weekly, asynchronous=True)
    town.world.time = at(asked)
    offer = town.ask(ann, sam, asynchronous=True)
    assert town.offer(sam, offer)["due_at"] == at(due)
    town.settle(at(due) - at(asked) - 1)
    assert town.offers(sam) == [offer]
    town.settle(1)
    assert (town.offers(sam), town.offers(sam, "expired")) == ([], [offer])
