"""What was said offline, in time, counts when it arrives: an answer to an offer, a pairing that is given back."""

import pytest

from sync.clock import DAY, HOUR, MINUTE
from tests.absent import away
from tests.lifecycle.matching_fixture import no, ok

OPEN = 4 * HOUR  # ms that an offer stays open for somebody who is there at all hours


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


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_three_answers_in_time_leave_nothing_of_the_breather_whatever_their_order(matching, sam, ann, bob, order):
    ok(sam.do("practice.edit", places=3))
    offers = []
    for peer in (ann, bob, matching.peer("kim")):
        offers.append(matching.ask(peer, sam))
        matching.world.wait(MINUTE)
    mutations = run_out(matching, sam, *offers, how="decline", said=HOUR)
    matching.settle(HOUR)
    assert matching.practice(sam)["kindly"] == "breather"
    for at in order:
        ok(late(sam, mutations[at]))
    assert (matching.practice(sam)["paused_until"], matching.practice(sam)["kindly"]) == (0, None)


@pytest.mark.parametrize(("answered", "tired"), [(0, True), (1, False)])
def test_an_answer_in_time_counts_in_its_place_among_offers_without_one(matching, sam, ann, bob, answered, tired):
    mutations = []
    for peer in (ann, bob):
        mutations += run_out(matching, sam, matching.ask(peer, sam), how="decline")
    assert matching.practice(sam)["kindly"] == "breather"
    ok(late(sam, mutations[answered]))
    assert matching.practice(sam)["kindly"] is None
    matching.ask(matching.peer("kim"), sam)
    matching.settle(OPEN)
    assert (matching.practice(sam)["kindly"] == "breather") == tired


def test_a_breather_lasts_if_an_open_offer_is_answered_and_ends_with_a_late_answer(matching, sam, ann, bob):
    ok(sam.do("practice.edit", places=3))
    offers = [matching.ask(peer, sam) for peer in (ann, bob)]
    first = sam.does("offer.decline", id=offers[0])
    sam.outbox = []
    matching.settle(HOUR)
    third = matching.ask(matching.peer("kim"), sam)
    matching.settle(OPEN - HOUR)
    ok(sam.do("offer.decline", id=third))
    assert matching.practice(sam)["kindly"] == "breather"
    ok(late(sam, first))
    assert (matching.practice(sam)["paused_until"], matching.practice(sam)["kindly"]) == (0, None)


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


@pytest.mark.parametrize("said", [-HOUR - 1, OPEN, OPEN + HOUR, 365 * DAY])
def test_a_time_long_before_the_offer_or_after_its_end_proves_nothing(matching, sam, ann, said):
    offer, sent = matching.ask(ann, sam), matching.world.time
    [yes] = run_out(matching, sam, offer)
    assert no(late(sam, {**yes, "at": f"{sent + said}-0"})) == ("wrong_state", "expired")


@pytest.mark.parametrize(("absence", "after", "counts"), [(0, 3 * DAY - 1, True), (0, 3 * DAY, False), (DAY, 0, True)])
def test_what_was_said_in_time_by_a_clock_that_is_an_hour_slow_counts_for_three_days(
    matching, sam, ann, absence, after, counts
):
    offer, sent = matching.ask(ann, sam, patience_hours=24 * 30), matching.world.time
    [yes] = run_out(matching, sam, offer)
    matching.settle(DAY)
    away(matching.world, absence)
    matching.settle(max(after, 3 * DAY - 1) - DAY)
    assert late(sam, {**yes, "at": f"{sent - HOUR}-0"})["ok"] == counts


def test_an_answer_in_the_time_by_which_an_offer_was_extended_counts(matching, sam, ann):
    offer = matching.ask(ann, sam)
    away(matching.world, DAY)
    matching.world.wait(OPEN - 1)
    yes = sam.does("offer.accept", id=offer)
    sam.outbox = []
    matching.world.wait(HOUR)
    ok(late(sam, yes))


def test_a_pairing_is_given_back_by_what_was_said_in_the_time_by_which_that_was_extended(matching, ann):
    sam = matching.specialist("sam", standing_yes=True)
    matching.look(ann)
    matching.choose(ann, "Sam")
    space = matching.space(ann)
    sam.sync()
    away(matching.world, 2 * DAY)
    matching.settle()
    matching.settle(DAY - 1)
    back = sam.does("pairing.hand_back", pairing=space[5:])
    sam.outbox = []
    matching.settle(HOUR)
    ok(late(sam, back))


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
