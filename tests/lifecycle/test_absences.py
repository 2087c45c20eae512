"""An outage counts against nobody: offers, requests and lists stay for as long as they were promised to."""

import pytest

from server.commands.absence import ABSENCES, KEPT_FOR, MOST_KEPT
from sync.clock import DAY, HOUR, MINUTE
from tests.absent import away
from tests.lifecycle.matching_fixture import GRIEF, ok

OPEN = 4 * HOUR  # ms that an offer stays open for somebody who is there at all hours


def out(matching, ms):
    """Let Beside be away, and do what is due when it is back."""
    away(matching.world, ms)
    matching.settle()


@pytest.mark.parametrize(
    ("before", "absences", "due"),
    [
        (0, [(DAY, 0)], DAY + OPEN),  # all of it
        (HOUR, [(2 * HOUR, 0)], 2 * HOUR + OPEN),  # a part, in the middle
        (OPEN - 1, [(HOUR, 0)], HOUR + OPEN),  # it would have ended in the absence
        (3 * HOUR, [(2 * HOUR, 30 * MINUTE), (HOUR, 0)], 3 * HOUR + OPEN),  # it is moved into the next absence
        (HOUR, [(2 * HOUR, 3 * HOUR), (HOUR, 0)], 2 * HOUR + OPEN),  # the second one comes when it is over
    ],
)
def test_an_offer_is_open_for_as_long_as_it_said_in_which_beside_was_there(matching, sam, ann, before, absences, due):
    offer, start = matching.ask(ann, sam), matching.world.time
    matching.settle(before)
    for ms, then in absences:
        out(matching, ms)
        matching.settle(then)
    if matching.world.time < start + due:
        matching.settle(start + due - 1 - matching.world.time)
        assert matching.offers(sam) == [offer]
        matching.settle(1)
    assert matching.offer(sam, offer)["state"] == "expired"
    assert matching.offer(sam, offer)["due_at"] == start + due


def test_a_phone_shows_until_when_an_offer_is_open_now_and_the_yes_counts(matching, sam, ann):
    offer, due = matching.ask(ann, sam), matching.world.time + OPEN
    away(matching.world, DAY)
    ok(sam.do("offer.accept", id=offer))
    assert matching.offer(sam, offer)["due_at"] == due + DAY, "also before the timers look"


def test_an_absence_outside_of_the_specialists_hours_gives_nothing_back(matching, ann):
    sam = matching.specialist("sam", weekly=[[day, 0, 60] for day in range(7)], asynchronous=True)
    offer, start = matching.ask(ann, sam, asynchronous=True), matching.world.time
    due = matching.offer(sam, offer)["due_at"]
    assert due == start + DAY
    until_two = -start % DAY + 2 * HOUR
    matching.settle(until_two)
    out(matching, 3 * HOUR)
    matching.settle(start + DAY - matching.world.time)
    assert matching.offers(sam) == [offer], "a day is a day in which Beside was there"
    matching.settle(3 * HOUR)
    assert matching.offers(sam) == []


def test_nobody_gets_a_breather_for_an_absence_but_for_what_they_left_unanswered(matching, sam, ann, bob):
    for peer in (ann, bob):
        matching.ask(peer, sam)
    out(matching, 2 * DAY)
    assert (len(matching.offers(sam)), matching.practice(sam).get("kindly")) == (2, None)
    matching.settle(OPEN)
    assert (matching.offers(sam), matching.practice(sam)["kindly"]) == ([], "breather")


def test_who_could_not_have_said_yes_left_nothing_unanswered(matching, sam, ann, bob):
    matching.ask(ann, sam)
    matching.ask(bob, sam)
    ok(matching.olga.do("specialist.certify", specialist="sam", supervisor="sue", until=matching.world.time + 1))
    matching.settle(DAY)
    assert matching.offers(sam, "expired") != []
    assert matching.practice(sam).get("kindly") is None


def test_a_request_is_looked_for_as_long_as_it_was_promised(matching, ann):
    ok(ann.do("request.open", id="r1", topics=GRIEF, patience_hours=72))
    matching.settle(DAY)
    out(matching, 5 * DAY)
    assert matching.request(ann)["state"] == "open"
    matching.specialist("sam")
    matching.settle(HOUR)
    assert matching.listed(ann) == ["Sam"]
    ok(matching.olga.do("specialist.deactivate", specialist="sam"))
    ok(ann.do("request.keep_looking", id="r1"))
    matching.settle(3 * DAY)
    assert matching.request(ann)["state"] == "closed_unmet"


def test_a_peer_may_choose_from_a_list_for_as_long_as_it_said(matching, sam, ann):
    matching.look(ann)
    seq = ann.records("shortlist")[0]["seq"]
    matching.settle(HOUR)
    out(matching, 3 * DAY)
    [listed] = ann.records("shortlist")
    assert listed["data"]["valid_until"] == listed["data"]["made_at"] + 4 * DAY
    assert listed["seq"] > seq
    matching.settle(23 * HOUR - 1)
    assert ann.records("shortlist")[0]["data"]["made_at"] == listed["data"]["made_at"]
    matching.settle(1)
    assert ann.records("shortlist")[0]["data"]["made_at"] == matching.world.time, "and then there is a new one"


def test_a_pairing_by_a_standing_yes_can_be_given_back_after_an_absence(matching, ann):
    sam = matching.specialist("sam", standing_yes=True)
    matching.look(ann)
    matching.choose(ann, "Sam")
    space = matching.space(ann)
    away(matching.world, 2 * DAY)
    matching.settle(DAY - 1)
    ok(sam.do("pairing.hand_back", pairing=space[5:]))


def test_an_invitation_stays_open_for_the_hours_it_said(matching, sam, ann):
    code = ok(sam.do("pairing.invite", hours=24))[0]["data"]["code"]
    away(matching.world, 3 * DAY)
    matching.world.wait(DAY - 1)
    ok(ann.do("pairing.join", code=code))


@pytest.mark.parametrize("ms", [HOUR, 30 * DAY])
def test_what_somebody_said_as_a_date_stays_that_date(matching, sam, ann, bob, ms):
    first, second = matching.bond(ann, sam), matching.bond(bob, sam)
    until = matching.world.time + HOUR
    ok(sam.do("handover.announce", pairing=first[5:], until=until, words="Goodbye."))
    ok(bob.do("pairing.pause", pairing=second[5:], until=until))
    ok(sam.do("practice.pause", until=until))
    out(matching, ms)
    assert matching.pairing(ann, first)["state"] == "ended"
    assert matching.pairing(bob, second)["state"] == "active"
    assert matching.practice(sam)["paused_until"] == until


# The absences that are kept


def test_many_short_absences_push_no_long_one_out(matching, sam, ann):
    offer, start = matching.ask(ann, sam), matching.world.time
    matching.settle(3 * HOUR)
    away(matching.world, 8 * HOUR)
    for _ in range(MOST_KEPT):
        matching.world.wait(10_000)
        away(matching.world, MINUTE)
    assert matching.world.time < start + 8 * HOUR + OPEN
    matching.settle()
    assert matching.offers(sam) == [offer]
    kept = matching.world.parts.reader.get([ABSENCES])[ABSENCES].data["spans"]
    assert (len(kept), kept[0]) == (MOST_KEPT, [start + 3 * HOUR, start + 11 * HOUR + MINUTE + 10_000])
    matching.world.wait(KEPT_FOR)
    away(matching.world, MINUTE)
    assert len(matching.world.parts.reader.get([ABSENCES])[ABSENCES].data["spans"]) == 1


def test_an_offer_is_extended_in_the_hours_that_counted_when_it_was_sent(matching, sam, ann):
    offer, start = matching.ask(ann, sam), matching.world.time
    yesterday = (3 + start // DAY - 1) % 7
    ok(sam.do("availability.set", zone="UTC", weekly=[[yesterday, 0, 15]]))
    matching.settle(HOUR)
    out(matching, 2 * MINUTE)
    matching.settle(OPEN)
    assert matching.offer(sam, offer)["due_at"] == start + OPEN + 2 * MINUTE


def test_a_patience_that_is_given_after_an_absence_is_not_extended_by_it(matching, ann):
    ok(ann.do("request.open", id="r1", topics=GRIEF, patience_hours=72))
    matching.settle(HOUR)
    out(matching, DAY)
    matching.settle(40 * HOUR)
    ok(ann.do("request.change", id="r1", note="x"))
    matching.settle()
    until = matching.request(ann)["patience_until"]
    assert until == matching.world.time + 36 * HOUR
    matching.settle(until - 1 - matching.world.time)
    assert matching.request(ann)["state"] == "open"
    matching.settle(1)
    assert matching.request(ann)["state"] == "closed_unmet"


def test_a_patience_that_is_raised_keeps_what_absences_took_of_the_old_one(matching, ann):
    ok(ann.do("request.open", id="r1", topics=GRIEF, patience_hours=72))
    start = matching.world.time
    matching.settle(HOUR)
    out(matching, 2 * DAY)
    matching.settle(22 * HOUR)
    ok(ann.do("request.change", id="r1", note="x"))
    assert matching.request(ann)["patience_until"] == start + 72 * HOUR + 2 * DAY
