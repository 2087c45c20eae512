"""Nobody is suggested who has nothing in common with what a peer asks for, unless the peer says so."""

import pytest

from tests.lifecycle.matching_fixture import ok

SLEEP = {"topics": {"sleep": 3}}


def knows(specialist, topic, tier="profile", kind="lived"):
    ok(specialist.do("fact.put", id=topic, topic=topic, kind=kind, tier=tier))


def suggestion(matching, peer, name="r1"):
    return matching.request(peer, name)["suggestion"]


@pytest.mark.parametrize("mode", ["choose", "first_who_can"])
def test_who_has_nothing_in_common_is_neither_suggested_nor_asked(matching, sam, tom, ann, mode):
    assert matching.look(ann, **SLEEP, mode=mode) == []
    assert (matching.offers(sam), matching.request(ann)["state"]) == ([], "open")
    told = suggestion(matching, ann)
    assert (told["relax"], told["adds"], told["code"]) == ("lived", 2, "nobody_lived")
    assert told["text"].keys() == {"en", "de", "es"}


def test_a_batch_leaves_them_waiting_too(matching, sam):
    crowd = [matching.peer(f"peer{number}") for number in range(6)]
    for number, peer in enumerate(crowd):
        ok(peer.do("request.open", id="r1", topics={"sleep" if number else "grief_loss": 3}, mode="first_who_can"))
    matching.settle()
    assert [matching.request(peer)["state"] for peer in crowd] == ["offered"] + 5 * ["open"]


@pytest.mark.parametrize("tier", ["match_only", "paired", "profile"])
@pytest.mark.parametrize("topic", ["sleep", "chronic_illness_pain"])
def test_what_is_lived_or_close_to_it_counts_also_if_it_is_not_shown(matching, sam, tom, ann, topic, tier):
    knows(tom, topic, tier)
    assert matching.look(ann, **SLEEP) == ["Tom"]
    codes = [reason["code"] for reason in matching.people(ann)[0]["reasons"]]
    shown = {"sleep": "both_know", "chronic_illness_pain": "knows_close"}[topic]
    assert (codes[0] == shown) == (tier == "profile")
    assert matching.people(ann)[0]["limit"]["code"] == "answers_within"
    assert (suggestion(matching, ann)["code"], suggestion(matching, ann)["adds"]) == ("few_lived", 1)


@pytest.mark.parametrize(("kind", "tier"), [("lived", "private"), ("learning", "profile"), ("interest", "profile")])
def test_what_is_private_or_was_not_lived_does_not_count(matching, sam, ann, kind, tier):
    knows(sam, "sleep", tier, kind)
    assert matching.look(ann, **SLEEP) == []


@pytest.mark.parametrize(("level", "found"), [(1, []), (2, ["Sam"]), (3, ["Sam"])])
def test_who_says_that_they_listen_well_is_suggested_and_nobody_is_told_why(matching, sam, ann, level, found):
    ok(sam.do("practice.edit", comfort={"sleep": level}))
    assert matching.look(ann, **SLEEP) == found
    assert "sleep" not in str(matching.people(ann))


def test_who_widens_is_shown_the_others_with_an_honest_limit(matching, sam, tom, ann):
    knows(tom, "sleep", "match_only")
    una = matching.specialist("una")
    knows(una, "sleep")
    assert sorted(matching.look(ann, **SLEEP)) == ["Tom", "Una"]
    ok(ann.do("request.widen", id="r1", relax="lived"))
    matching.settle()
    assert sorted(matching.listed(ann)[:2]) == ["Tom", "Una"]
    assert matching.request(ann)["must"] == {"lived": False}
    limits = {person["name"]: person["limit"]["code"] for person in matching.people(ann)}
    assert limits == {"Una": "answers_within", "Tom": "may_not_have_lived", "Sam": "may_not_have_lived"}
    ok(matching.choose(ann, "Sam"))
    assert matching.offer(sam, matching.offers(sam)[0])["limit"]["code"] == "answers_within"


def test_widening_is_taken_back_by_a_change_of_what_must_be(matching, sam, ann):
    matching.look(ann, **SLEEP, must={"lived": False})
    assert matching.listed(ann) == ["Sam"]
    ok(ann.do("request.change", id="r1", must={}))
    matching.settle()
    assert matching.listed(ann) == []


def test_what_was_widened_once_cannot_be_widened_again(matching, sam, ann):
    matching.look(ann, **SLEEP)
    ok(ann.do("request.widen", id="r1", relax="lived"))
    assert ann.do("request.widen", id="r1", relax="lived")["error"]["code"] == "wrong_state"


def test_an_offer_does_not_tell_whether_a_request_was_widened(tell):
    """Otherwise a specialist who has nothing in common with the topics that are named would know a quiet one."""

    def story(matching, relax):
        sam, ann = matching.specialist("sam"), matching.peer("ann")
        knows(sam, "alcohol_recovery", "match_only")
        matching.look(ann, topics={"sleep": 3, "drug_recovery": 3}, quiet=["drug_recovery"])
        if relax:
            ok(ann.do("request.widen", id="r1", relax="lived"))
            matching.settle()
        ok(matching.choose(ann, "Sam"))
        offer = matching.offer(sam, matching.offers(sam)[0])
        return {name: offer[name] for name in ("topics", "reasons", "limit", "note", "languages")}

    assert tell(story, "lived") == tell(story, None)


def test_who_forgets_it_before_they_are_chosen_is_not_asked(matching, sam, ann):
    knows(sam, "sleep")
    matching.look(ann, **SLEEP)
    card = matching.card(ann, "Sam")
    ok(sam.do("fact.delete", id="sleep"))
    [request] = ok(ann.do("request.choose", id="r1", person=card))
    assert (request["data"]["last"], matching.offers(sam)) == ("taken", [])


def test_a_request_without_topics_finds_everybody(matching, sam, ann):
    assert matching.look(ann, topics={}) == ["Sam"]
    assert matching.people(ann)[0]["limit"]["code"] == "answers_within"
