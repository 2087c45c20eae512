"""Breathers, places and a standing yes: how many people a specialist is brought, and when."""

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import no, ok

WEEK = 7 * DAY


def test_after_two_offers_in_a_row_without_an_answer_there_is_a_breather_with_a_kind_word(matching, sam, ann, bob):
    matching.ask(ann, sam)
    matching.settle(DAY)
    assert (matching.practice(sam)["paused_until"], matching.practice(sam).get("kindly")) == (0, None)
    matching.ask(bob, sam)
    due = matching.offer(sam, matching.offers(sam)[0])["due_at"]
    matching.settle(due - matching.world.time)
    assert (matching.practice(sam)["paused_until"], matching.practice(sam)["kindly"]) == (due + WEEK, "breather")
    assert matching.look(matching.peer("kim")) == []
    ok(sam.do("practice.resume"))
    matching.settle(HOUR)
    assert (matching.practice(sam)["paused_until"], matching.practice(sam)["kindly"]) == (0, None)
    assert matching.listed(matching.phones[-1]) == ["Sam"]


def test_an_answer_between_two_silences_means_no_breather(matching, sam, ann, bob):
    matching.ask(ann, sam)
    matching.settle(DAY)
    ok(sam.do("offer.decline", id=matching.ask(bob, sam)))
    matching.ask(matching.peer("kim"), sam)
    matching.settle(DAY)
    assert matching.practice(sam)["paused_until"] == 0


def test_a_breather_that_comes_by_itself_never_shortens_one_that_was_chosen(matching, sam, ann, bob):
    matching.ask(ann, sam)
    matching.ask(bob, sam)
    until = matching.world.time + 30 * DAY
    ok(sam.do("practice.pause", until=until))
    matching.settle(DAY)
    assert matching.offers(sam) == []
    assert matching.practice(sam)["paused_until"] == until


def test_a_breather_wins_against_a_choice_that_comes_after_it(matching, sam, ann):
    matching.look(ann)
    ok(sam.do("practice.pause", until=matching.world.time + DAY))
    [*_, request] = ok(matching.choose(ann, "Sam"))
    assert (request["data"]["state"], request["data"]["last"]) == ("open", "taken")
    assert matching.offers(sam) == []


def test_an_offer_made_before_a_breather_can_still_be_accepted(matching, sam, ann):
    offer = matching.ask(ann, sam)
    ok(sam.do("practice.pause", until=matching.world.time + DAY))
    ok(sam.do("offer.accept", id=offer))


def test_a_credential_that_ended_before_the_yes_stops_it_and_the_peer_is_found_somebody_else(matching, sam, tom, ann):
    offer = matching.ask(ann, sam)
    ok(matching.olga.do("specialist.certify", specialist="sam", supervisor=None, until=matching.world.time + DAY))
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "uncertified")
    matching.settle(DAY)
    assert matching.listed(ann) == ["Tom"]


def test_the_last_place_goes_to_one_of_many_who_choose_it(matching):
    sam = matching.specialist("sam", places=1)
    peers = [matching.peer(f"peer{number}") for number in range(5)]
    for peer in peers:
        matching.look(peer)
    cards = [matching.card(peer, "Sam") for peer in peers]
    states = [ok(peer.do("request.choose", id="r1", person=card))[0] for peer, card in zip(peers, cards, strict=True)]
    assert sum(row["data"]["state"] == "offered" for row in states) == 1
    assert matching.practice(sam)["reserved"] == 1


def test_who_has_fewer_places_than_people_keeps_them_all_and_gets_nobody_new(matching, sam, ann, bob):
    matching.bond(ann, sam)
    ok(sam.do("practice.edit", places=0))
    assert matching.practice(sam)["active"] == 1
    assert matching.look(bob) == []


def test_the_first_who_can_is_asked_and_after_a_no_the_next(matching, ann):
    both = {name: matching.specialist(name) for name in ("sam", "tom")}
    matching.look(ann, mode="first_who_can")
    asked = [name for name, phone in both.items() if matching.offers(phone)]
    assert len(asked) == 1
    assert (matching.request(ann)["state"], matching.listed(ann)) == ("offered", [])
    ok(both[asked[0]].do("offer.decline", id=matching.offers(both[asked[0]])[0]))
    matching.settle()
    assert sum(len(matching.offers(phone)) for phone in both.values()) == 1
    assert matching.offers(both[asked[0]]) == []


def test_who_changes_to_the_first_who_can_is_shown_no_list_any_more(matching, sam, ann):
    matching.look(ann)
    ok(ann.do("request.change", id="r1", mode="first_who_can"))
    matching.settle()
    assert (matching.request(ann)["state"], matching.listed(ann)) == ("offered", [])


def test_a_standing_yes_makes_the_pairing_at_once_and_both_have_to_sign(matching, ann):
    sam = matching.specialist("sam", standing_yes=True)
    matching.look(ann)
    ok(matching.choose(ann, "Sam"))
    space = matching.space(ann)
    signature = {"space": space, "sha256": matching.pairing(ann, space)["proposed"]}
    assert (matching.request(ann)["state"], matching.pairing(ann, space)["state"]) == ("paired", "agreement_pending")
    ok(ann.do("agreement.sign", **signature))
    assert matching.pairing(ann, space)["state"] == "agreement_pending"
    ok(sam.do("agreement.sign", **signature))
    assert matching.pairing(ann, space)["state"] == "active"


def test_what_a_standing_yes_made_can_be_given_back_for_a_day_without_blame(matching, tom, ann, bob):
    sam = matching.specialist("sam", standing_yes=True)
    for peer in (ann, bob):
        matching.look(peer)
        ok(matching.choose(peer, "Sam"))
    [first, second] = [matching.space(peer).removeprefix("pair:") for peer in (ann, bob)]
    assert no(ann.do("pairing.hand_back", pairing=first))[0] == "forbidden"
    matching.settle(DAY - 1)
    ok(sam.do("pairing.hand_back", pairing=first))
    matching.settle()
    assert (matching.request(ann)["last"], matching.listed(ann)) == ("next", ["Tom"])
    matching.settle(1)
    assert no(sam.do("pairing.hand_back", pairing=second)) == ("wrong_state", "kept")
    assert matching.practice(sam)["active"] == 1


def test_what_an_offer_made_cannot_be_given_back(matching, sam, ann):
    space = matching.pair(ann, sam)
    assert no(sam.do("pairing.hand_back", pairing=space.removeprefix("pair:"))) == ("wrong_state", "kept")


def test_who_gives_back_what_is_being_handed_over_leaves_one_search_not_two(matching, ann):
    sam = matching.specialist("sam", standing_yes=True)
    matching.look(ann)
    ok(matching.choose(ann, "Sam"))
    pairing = matching.space(ann).removeprefix("pair:")
    ok(sam.do("handover.announce", pairing=pairing, until=matching.world.time + WEEK))
    ok(sam.do("pairing.hand_back", pairing=pairing))
    matching.settle()
    states = [row["data"]["state"] for row in ann.records("request")]
    assert sum(state in {"open", "shortlisted"} for state in states) == 1
