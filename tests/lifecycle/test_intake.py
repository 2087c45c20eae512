"""Breathers, places and a standing yes: how many people a specialist is brought, and when."""

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import no, ok

WEEK = 7 * DAY


def test_after_two_offers_in_a_row_without_an_answer_there_is_a_breather_with_a_kind_word(town, sam, ann, bob):
    town.ask(ann, sam)
    town.settle(DAY)
    assert (town.practice(sam)["paused_until"], town.practice(sam).get("kindly")) == (0, None)
    town.ask(bob, sam)
    due = town.offer(sam, town.offers(sam)[0])["due_at"]
    town.settle(due - town.world.time)
    assert (town.practice(sam)["paused_until"], town.practice(sam)["kindly"]) == (due + WEEK, "breather")
    assert town.look(town.peer("kim")) == []
    ok(sam.do("practice.resume"))
    town.settle(HOUR)
    assert (town.practice(sam)["paused_until"], town.practice(sam)["kindly"]) == (0, None)
    assert town.listed(town.phones[-1]) == ["Sam"]


def test_an_answer_between_two_silences_means_no_breather(town, sam, ann, bob):
    town.ask(ann, sam)
    town.settle(DAY)
    ok(sam.do("offer.decline", id=town.ask(bob, sam)))
    town.ask(town.peer("kim"), sam)
    town.settle(DAY)
    assert town.practice(sam)["paused_until"] == 0


def test_a_breather_that_comes_by_itself_never_shortens_one_that_was_chosen(town, sam, ann, bob):
    town.ask(ann, sam)
    town.ask(bob, sam)
    until = town.world.time + 30 * DAY
    ok(sam.do("practice.pause", until=until))
    town.settle(DAY)
    assert town.offers(sam) == []
    assert town.practice(sam)["paused_until"] == until


def test_a_breather_wins_against_a_choice_that_comes_after_it(town, sam, ann):
    town.look(ann)
    ok(sam.do("practice.pause", until=town.world.time + DAY))
    [*_, request] = ok(town.choose(ann, "Sam"))
    assert (request["data"]["state"], request["data"]["last"]) == ("open", "taken")
    assert town.offers(sam) == []


def test_an_offer_made_before_a_breather_can_still_be_accepted(town, sam, ann):
    offer = town.ask(ann, sam)
    ok(sam.do("practice.pause", until=town.world.time + DAY))
    ok(sam.do("offer.accept", id=offer))


def test_a_credential_that_ended_before_the_yes_stops_it_and_the_peer_is_found_somebody_else(town, sam, tom, ann):
    offer = town.ask(ann, sam)
    ok(town.olga.do("specialist.certify", specialist="sam", supervisor=None, until=town.world.time + DAY))
    assert no(sam.do("offer.accept", id=offer)) == ("wrong_state", "uncertified")
    town.settle(DAY)
    assert town.listed(ann) == ["Tom"]


def test_the_last_place_goes_to_one_of_many_who_choose_it(town):
    sam = town.specialist("sam", places=1)
    peers = [town.peer(f"peer{number}") for number in range(5)]
    for peer in peers:
        town.look(peer)
    cards = [town.card(peer, "Sam") for peer in peers]
    states = [ok(peer.do("request.choose", id="r1", person=card))[0] for peer, card in zip(peers, cards, strict=True)]
    assert sum(row["data"]["state"] == "offered" for row in states) == 1
    assert town.practice(sam)["reserved"] == 1


def test_who_has_fewer_places_than_people_keeps_them_all_and_gets_nobody_new(town, sam, ann, bob):
    town.bond(ann, sam)
    ok(sam.do("practice.edit", places=0))
    assert town.practice(sam)["active"] == 1
    assert town.look(bob) == []


def test_the_first_who_can_is_asked_and_after_a_no_the_next(town, ann):
    both = {name: town.specialist(name) for name in ("sam", "tom")}
    town.look(ann, mode="first_who_can")
    asked = [name for name, phone in both.items() if town.offers(phone)]
    assert len(asked) == 1
    assert (town.request(ann)["state"], town.listed(ann)) == ("offered", [])
    ok(both[asked[0]].do("offer.decline", id=town.offers(both[asked[0]])[0]))
    town.settle()
    assert sum(len(town.offers(phone)) for phone in both.values()) == 1
    assert town.offers(both[asked[0]]) == []


def test_who_changes_to_the_first_who_can_is_shown_no_list_any_more(town, sam, ann):
    town.look(ann)
    ok(ann.do("request.change", id="r1", mode="first_who_can"))
    town.settle()
    assert (town.request(ann)["state"], town.listed(ann)) == ("offered", [])


def test_a_standing_yes_makes_the_pairing_at_once_and_both_have_to_sign(town, ann):
    sam = town.specialist("sam", standing_yes=True)
    town.look(ann)
    ok(town.choose(ann, "Sam"))
    space = town.space(ann)
    signature = {"space": space, "sha256": town.pairing(ann, space)["proposed"]}
    assert (town.request(ann)["state"], town.pairing(ann, space)["state"]) == ("paired", "agreement_pending")
    ok(ann.do("agreement.sign", **signature))
    assert town.pairing(ann, space)["state"] == "agreement_pending"
    ok(sam.do("agreement.sign", **signature))
    assert town.pairing(ann, space)["state"] == "active"


def test_what_a_standing_yes_made_can_be_given_back_for_a_day_without_blame(town, tom, ann, bob):
    sam = town.specialist("sam", standing_yes=True)
    for peer in (ann, bob):
        town.look(peer)
        ok(town.choose(peer, "Sam"))
    [first, second] = [town.space(peer).removeprefix("pair:") for peer in (ann, bob)]
    assert no(ann.do("pairing.hand_back", pairing=first))[0] == "forbidden"
    town.settle(DAY - 1)
    ok(sam.do("pairing.hand_back", pairing=first))
    town.settle()
    assert (town.request(ann)["last"], town.listed(ann)) == ("next", ["Tom"])
    town.settle(1)
    assert no(sam.do("pairing.hand_back", pairing=second)) == ("wrong_state", "kept")
    assert town.practice(sam)["active"] == 1


def test_what_an_offer_made_cannot_be_given_back(town, sam, ann):
    space = town.pair(ann, sam)
    assert no(sam.do("pairing.hand_back", pairing=space.removeprefix("pair:"))) == ("wrong_state", "kept")


def test_who_gives_back_what_is_being_handed_over_leaves_one_search_not_two(town, ann):
    sam = town.specialist("sam", standing_yes=True)
    town.look(ann)
    ok(town.choose(ann, "Sam"))
    pairing = town.space(ann).removeprefix("pair:")
    ok(sam.do("handover.announce", pairing=pairing, until=town.world.time + WEEK))
    ok(sam.do("pairing.hand_back", pairing=pairing))
    town.settle()
    states = [row["data"]["state"] for row in ann.records("request")]
    assert sum(state in {"open", "shortlisted"} for state in states) == 1
