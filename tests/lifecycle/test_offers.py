"""An offer: answered once, or not at all; the place that it keeps is given back once."""

from datetime import datetime

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, no, ok

NIGHT_AND_EVENING = [span for day in range(7) for span in ([day, 60, 300], [day, 1200, 1320])]
OFFICE = [[day, 540, 1020] for day in range(5)]


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def test_who_is_asked_sees_what_it_is_about_and_why_them_and_nothing_else(matching, sam, ann):
    offer = matching.offer(sam, matching.ask(ann, sam, name="Annie", note="hello", quiet=[], apart=["acme_works"]))
    assert {name: offer[name] for name in ("topics", "languages", "name", "note", "state")} == {
        "topics": GRIEF, "languages": ["en"], "name": "Annie", "note": "hello", "state": "sent",
    }  # fmt: skip
    assert [reason["code"] for reason in offer["reasons"]] == ["both_know", "share_hours_any", "speaks"]
    assert "id-ann" not in str(sam.replica)
    assert "acme_works" not in str(sam.replica)


def test_a_yes_makes_a_pairing_that_waits_for_the_peers_signature(matching, sam, ann):
    space = matching.pair(ann, sam)
    for phone in (ann, sam):
        assert matching.pairing(phone, space)["state"] == "agreement_pending"
    assert (matching.practice(sam)["active"], matching.practice(sam)["reserved"]) == (1, 0)
    assert matching.request(ann)["state"] == "paired"
    assert matching.offer(sam, matching.offers(sam, "accepted")[0])["pairing"] == space.removeprefix("pair:")


def test_a_no_needs_no_reason_and_the_search_goes_on_without_them_for_a_month(matching, sam, ann):
    ok(sam.do("offer.decline", id=matching.ask(ann, sam)))
    tom = matching.specialist("tom")
    matching.settle(HOUR)
    assert (matching.request(ann)["last"], matching.listed(ann)) == ("next", ["Tom"])
    ok(tom.do("specialist.leave", until=matching.world.time + DAY))
    ok(ann.do("request.withdraw", id="r1"))
    matching.settle(30 * DAY)
    assert matching.look(ann, "r2") == ["Sam"]


def test_a_reason_is_for_oneself_only(matching, sam, ann):
    offer = matching.ask(ann, sam)
    ok(sam.do("offer.decline", id=offer, reason="too close to home"))
    matching.settle()
    assert "too close" not in str(ann.replica)
    assert matching.offer(sam, offer)["reason"] == "too close to home"


def test_topics_that_somebody_cannot_listen_to_now_are_not_brought_to_them_again(matching, sam, ann, bob):
    ok(sam.do("offer.decline", id=matching.ask(ann, sam), not_now=["grief_loss"]))
    assert matching.practice(sam)["avoid"] == ["grief_loss"]
    assert matching.look(bob) == []
    ok(sam.do("practice.edit", avoid=[]))
    matching.settle(HOUR)
    assert matching.listed(bob) == ["Sam"]


ANSWERS = ("accept", "decline")
ENDS = ("accepted", "declined", "expired", "withdrawn", "left")


@pytest.mark.parametrize("late", ANSWERS)
@pytest.mark.parametrize("end", ENDS)
def test_whoever_answers_late_gets_the_truth_and_nothing_happens_twice(matching, sam, ann, late, end):
    offer = matching.ask(ann, sam)
    end_it(matching, sam, ann, offer, end)
    matching.settle()
    before = matching.request(ann)
    truth = "withdrawn" if end == "left" else end
    assert no(sam.do(f"offer.{late}", id=offer)) == ("wrong_state", truth)
    assert (matching.request(ann), matching.offer(sam, offer)["state"]) == (before, truth)
    assert matching.practice(sam)["reserved"] == 0
    assert matching.practice(sam)["active"] == (end == "accepted")


def end_it(matching, sam, ann, offer, end):
    if end in {"accepted", "declined"}:
        ok(sam.do(f"offer.{end.removesuffix('ed').removesuffix('d')}" + ("e" if end == "declined" else ""), id=offer))
    elif end == "expired":
        matching.world.wait(DAY)
    elif end == "withdrawn":
        ok(ann.do("request.withdraw", id="r1"))
    else:
        ok(sam.do("specialist.leave", until=matching.world.time + DAY))


def test_an_offer_is_over_at_its_time_even_before_the_timers_look(matching, sam, ann):
    offer = matching.ask(ann, sam)
    matching.world.time = matching.offer(sam, offer)["due_at"]
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "expired")
    matching.settle()
    assert matching.request(ann)["state"] in {"open", "shortlisted"}


def test_an_answer_sent_twice_is_one_answer(matching, sam, ann):
    offer = matching.ask(ann, sam)
    sam.does("offer.accept", id=offer)
    twice = list(sam.outbox)
    first = sam.push()
    sam.outbox = twice
    assert [row["id"] for row in ok(sam.push()[0])] == [row["id"] for row in ok(first[0])]
    sam.sync()
    assert len(sam.spaces()) == 1


def test_of_two_phones_that_answer_differently_the_first_counts(matching, sam, ann):
    offer, tablet = matching.ask(ann, sam), matching.second(sam)
    ok(tablet.do("offer.decline", id=offer))
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "declined")


def test_an_offer_of_somebody_else_is_not_there(matching, sam, tom, ann):
    offer = matching.ask(ann, sam)
    for name in ANSWERS:
        assert no(tom.do(f"offer.{name}", id=offer))[0] == "not_found"


@pytest.mark.parametrize("how", ["declined", "expired", "left"])
def test_a_peer_cannot_tell_a_no_from_silence_or_from_a_leave(tell, how):
    def story(matching, how):
        ann, sam = matching.peer("ann"), matching.specialist("sam")
        offer = matching.ask(ann, sam)
        matching.world.time = matching.offer(sam, offer)["due_at"] - (how != "expired")
        end_it(matching, sam, ann, offer, how)
        matching.world.time = matching.offer(sam, offer)["due_at"]
        matching.settle()
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
def test_an_offer_waits_four_of_the_specialists_own_hours_and_a_day_at_most(matching, ann, asked, zone, weekly, due):
    sam = matching.specialist("sam", zone=zone, weekly=weekly, asynchronous=True)
    matching.world.time = at(asked)
    offer = matching.ask(ann, sam, asynchronous=True)
    assert matching.offer(sam, offer)["due_at"] == at(due)
    matching.settle(at(due) - at(asked) - 1)
    assert matching.offers(sam) == [offer]
    matching.settle(1)
    assert (matching.offers(sam), matching.offers(sam, "expired")) == ([], [offer])
