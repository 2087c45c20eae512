"""An outage counts against nobody: offers, requests and lists stay for as long as they were promised to."""

import pytest

from sync.clock import DAY, HOUR, MINUTE
from tests.absent import away
from tests.lifecycle.matching_fixture import GRIEF, no, ok

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


# What was said offline, in time


def test_a_yes_that_was_said_in_time_counts_although_the_offer_has_run_out(matching, sam, ann):
    offer = matching.ask(ann, sam)
    sam.does("offer.accept", id=offer)
    matching.world.wait(OPEN)
    outbox, sam.outbox = sam.outbox, []
    matching.settle()
    assert matching.request(ann)["state"] in {"open", "shortlisted"}
    sam.outbox = outbox
    ok(sam.push()[0])
    matching.settle()
    assert matching.pairing(ann, matching.space(ann))["state"] == "agreement_pending"
    assert (matching.offer(sam, offer)["state"], matching.request(ann)["state"]) == ("accepted", "paired")
    assert (matching.practice(sam)["active"], matching.listed(ann)) == (1, [])


def run_out(matching, sam, *offers, how="accept", said=OPEN - 1):
    """Let offers run out, and return what the specialist said of each offline, at some time after it was sent."""
    matching.settle(said)
    mutations = [sam.does(f"offer.{how}", id=offer) for offer in offers]
    sam.outbox = []
    matching.settle(OPEN - said)
    return mutations


def late(phone, mutation):
    phone.outbox = [mutation]
    return phone.push()[0]


@pytest.mark.parametrize("how", ["accept", "decline"])
def test_an_answer_in_time_undoes_the_breather_that_its_silence_made(matching, sam, ann, bob, how):
    sam_offers = [matching.ask(peer, sam) for peer in (ann, bob)]
    mutations = run_out(matching, sam, *sam_offers, how=how)
    matching.settle(OPEN)
    assert matching.practice(sam)["kindly"] == "breather"
    ok(late(sam, mutations[1]))
    practice = matching.practice(sam)
    assert (practice["paused_until"], practice["kindly"]) == (0, None)
    assert matching.offer(sam, sam_offers[1])["state"] == {"accept": "accepted", "decline": "declined"}[how]
    again = {**mutations[1], "id": mutations[0]["id"]}
    assert no(late(sam, again)) == ("wrong_state", matching.offer(sam, sam_offers[1])["state"])


def test_a_pause_that_somebody_took_themselves_stays(matching, sam, ann, bob):
    mutations = run_out(matching, sam, *(matching.ask(peer, sam) for peer in (ann, bob)))
    matching.settle(OPEN)
    until = matching.world.time + 9 * DAY
    ok(sam.do("practice.pause", until=until))
    ok(late(sam, mutations[0]))
    assert matching.practice(sam)["paused_until"] == until


def taken(matching, sam, ann, bob):
    ok(sam.do("practice.edit", places=1))
    matching.pair(bob, sam, "r2")


def withdrawn(matching, sam, ann, bob):
    ok(ann.do("request.withdraw", id="r1"))


def pairs_with_another(matching, sam, ann, bob):
    tom = matching.specialist("tom")
    matching.settle(HOUR)
    matching.pair(ann, tom)


def looks_for_something_else(matching, sam, ann, bob):
    ok(ann.do("request.change", id="r1", must={"gender": "woman"}))


def excluded(matching, sam, ann, bob):
    space = matching.world.paired(sam, ann)
    ok(ann.do("pairing.rematch", pairing=space[5:]))


def uncertified(matching, sam, ann, bob):
    ok(matching.olga.do("specialist.certify", specialist="sam", supervisor=None, until=matching.world.time + DAY))


@pytest.mark.parametrize(
    "meanwhile", [taken, withdrawn, pairs_with_another, looks_for_something_else, excluded, uncertified]
)
def test_a_yes_that_comes_too_late_for_what_has_changed_is_refused_and_changes_nothing(
    matching, sam, ann, bob, meanwhile
):
    offer = matching.ask(ann, sam)
    [yes] = run_out(matching, sam, offer)
    meanwhile(matching, sam, ann, bob)
    matching.settle()
    before, kept = matching.request(ann), matching.practice(sam)
    assert no(late(sam, yes)) in {("wrong_state", "expired"), ("wrong_state", "uncertified")}
    assert (matching.request(ann), matching.practice(sam)) == (before, kept)


@pytest.mark.parametrize("said", [-1, OPEN, OPEN + HOUR, 365 * DAY])
def test_a_time_before_the_offer_or_after_its_end_proves_nothing(matching, sam, ann, said):
    offer, sent = matching.ask(ann, sam), matching.world.time
    [yes] = run_out(matching, sam, offer)
    assert no(late(sam, {**yes, "at": f"{sent + said}-0"})) == ("wrong_state", "expired")


@pytest.mark.parametrize(("signs", "answer"), [(False, "ended"), (True, "kept")])
def test_a_pairing_is_given_back_by_what_was_said_in_time_unless_both_have_agreed(matching, ann, signs, answer):
    sam = matching.specialist("sam", standing_yes=True)
    matching.look(ann)
    matching.choose(ann, "Sam")
    space = matching.space(ann)
    sam.sync()
    back = sam.does("pairing.hand_back", pairing=space[5:])
    sam.outbox = []
    if signs:
        for phone in (sam, ann):
            ok(phone.do("agreement.sign", space=space, sha256=matching.pairing(phone, space)["proposed"]))
    matching.settle(2 * DAY)
    outcome = late(sam, back)
    assert (ok(outcome)[0]["data"]["state"] if outcome["ok"] else no(outcome)[1]) == answer
