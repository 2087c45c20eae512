"""A request, from the moment somebody needs someone until it is answered, taken back or over."""

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, no, ok
from tests.lifecycle.sweeper import drift


def test_who_asks_for_somebody_is_shown_who_fits_and_why(matching, sam, tom, ann):
    assert sorted(matching.look(ann)) == ["Sam", "Tom"]
    for person in matching.people(ann):
        assert [reason["code"] for reason in person["reasons"]] == ["both_know", "share_hours_any", "speaks"]
        assert person["limit"]["code"] == "answers_within"
        assert person.keys() == {"id", "name", "reasons", "limit"}
    assert matching.request(ann)["state"] == "shortlisted"


def test_only_peers_look_for_somebody(matching, sam):
    assert no(sam.do("request.open", id="r1", topics=GRIEF)) == ("forbidden", None)


def test_two_requests_cannot_have_one_id(matching, ann):
    ok(ann.do("request.open", id="r1", topics=GRIEF))
    assert no(ann.do("request.open", id="r1", topics=GRIEF)) == ("id_taken", None)


def test_three_requests_are_looked_for_at_once_and_no_more_until_one_is_over(matching, ann):
    for name in ("r1", "r2", "r3"):
        ok(ann.do("request.open", id=name, topics=GRIEF))
    assert no(ann.do("request.open", id="r4", topics=GRIEF)) == ("wrong_state", "looking")
    ok(ann.do("request.withdraw", id="r2"))
    ok(ann.do("request.open", id="r4", topics=GRIEF))


def test_nobody_can_be_found_for_who_names_no_language(matching):
    mute = matching.peer("mute", languages={})
    assert no(mute.do("request.open", id="r1", topics=GRIEF)) == ("bad_request", None)
    ok(mute.do("request.open", id="r1", topics=GRIEF, languages={"es": 2}))


def test_who_is_chosen_is_asked_and_the_list_is_put_away(matching, sam, tom, ann):
    matching.look(ann)
    ok(matching.choose(ann, "Tom"))
    assert (matching.request(ann)["state"], matching.listed(ann)) == ("offered", [])
    assert (len(matching.offers(tom)), len(matching.offers(sam))) == (1, 0)


def test_who_was_taken_meanwhile_is_said_to_be_and_there_is_a_new_list_without_them(matching, tom, ann, bob):
    matching.specialist("sam", places=1)
    matching.look(ann)
    matching.look(bob)
    ok(matching.choose(bob, "Sam"))
    [*_, request] = ok(ann.do("request.choose", id="r1", person=matching.card(ann, "Sam")))
    assert (request["data"]["state"], request["data"]["last"]) == ("open", "taken")
    matching.settle()
    assert matching.listed(ann) == ["Tom"]


def test_a_person_who_is_on_no_list_cannot_be_chosen(matching, sam, ann):
    matching.look(ann)
    [request] = ok(ann.do("request.choose", id="r1", person="somebody"))
    assert request["data"]["last"] == "taken"


def test_who_keeps_looking_is_shown_others_and_the_same_only_after_three_days(matching, sam, ann):
    assert matching.look(ann) == ["Sam"]
    ok(ann.do("request.keep_looking", id="r1"))
    matching.settle()
    assert (matching.listed(ann), matching.request(ann)["state"]) == ([], "open")
    matching.settle(72 * HOUR - 1)
    assert matching.listed(ann) == []
    ok(ann.do("request.open", id="r2", topics=GRIEF))
    matching.settle(1)
    assert matching.listed(ann, "r2") == ["Sam"]


def test_who_is_passed_over_on_one_list_is_on_no_other_list_either(matching, sam, ann):
    matching.look(ann)
    assert matching.look(ann, "r2") == ["Sam"]
    ok(ann.do("request.keep_looking", id="r1"))
    ann.sync()
    assert matching.listed(ann, "r2") == []
    assert [row["data"]["state"] for row in ann.records("request")] == ["open", "open"]
    matching.settle()
    assert matching.listed(ann, "r2") == []


@pytest.mark.parametrize("state", ["open", "shortlisted", "offered", "closed_unmet"])
def test_a_request_can_be_taken_back_until_somebody_was_found(matching, ann, state):
    if state in {"shortlisted", "offered"}:
        sam = matching.specialist("sam")
        matching.look(ann)
    else:
        ok(ann.do("request.open", id="r1", topics=GRIEF))
    if state == "offered":
        ok(matching.choose(ann, "Sam"))
    matching.settle(73 * HOUR if state == "closed_unmet" else 0)
    assert matching.request(ann)["state"] == state
    first = ok(ann.do("request.withdraw", id="r1"))
    assert (matching.request(ann)["state"], matching.listed(ann)) == ("withdrawn", [])
    assert [row["seq"] for row in ok(ann.do("request.withdraw", id="r1"))] == [max(row["seq"] for row in first[:1])]
    if state == "offered":
        assert (matching.offers(sam), len(matching.offers(sam, "withdrawn"))) == ([], 1)


REFUSED = {
    "request.change": ("offered", "paired", "withdrawn", "closed_unmet"),
    "request.widen": ("offered", "paired", "withdrawn", "closed_unmet"),
    "request.choose": ("offered", "paired", "withdrawn", "closed_unmet"),
    "request.keep_looking": ("open", "offered", "paired", "withdrawn", "closed_unmet"),
    "request.withdraw": ("paired", "ended"),
}


@pytest.mark.parametrize(("name", "state"), [(name, state) for name, states in REFUSED.items() for state in states])
def test_a_request_that_has_moved_on_says_where_it_is(matching, ann, name, state):
    reach(matching, ann, state)
    args = {"request.widen": {"relax": "hours"}, "request.choose": {"person": "somebody"}}.get(name, {})
    assert no(ann.do(name, id="r1", **args)) == ("wrong_state", state)
    assert matching.request(ann)["state"] == state


def reach(matching, ann, state):
    """Bring a request into a state."""
    if state in {"offered", "paired", "ended"}:
        sam = matching.specialist("sam")
        offer = matching.ask(ann, sam)
        if state != "offered":
            [pairing, *_] = ok(sam.do("offer.accept", id=offer))
            if state == "ended":
                ok(ann.do("pairing.end", pairing=pairing["id"]))
        return
    ok(ann.do("request.open", id="r1", topics=GRIEF))
    if state == "withdrawn":
        ok(ann.do("request.withdraw", id="r1"))
    if state == "closed_unmet":
        matching.settle(4 * DAY)


def test_a_request_of_somebody_else_is_not_there(matching, sam, ann, bob):
    matching.look(ann)
    for name in ("change", "keep_looking", "withdraw"):
        assert no(bob.do(f"request.{name}", id="r1"))[0] == "not_found"


def test_after_its_patience_a_request_ends_with_honest_words_and_other_doors(matching, ann):
    ok(ann.do("request.open", id="r1", topics=GRIEF, patience_hours=5))
    matching.settle(5 * HOUR - 1)
    assert matching.request(ann)["state"] == "open"
    matching.settle(1)
    told = matching.request(ann)
    assert (told["state"], told["doors"]) == ("closed_unmet", ["crisis_lines", "groups", "ask_again"])
    assert drift(matching.world.mongo) == []


def test_while_there_is_nobody_somebody_is_looked_for_again_every_ten_minutes(matching, ann):
    assert matching.look(ann) == []
    matching.specialist("sam")
    matching.settle(HOUR // 6 - 1)
    assert matching.listed(ann) == []
    matching.settle(1)
    assert matching.listed(ann) == ["Sam"]


def test_a_list_that_nobody_chose_from_is_made_anew_after_a_day(matching, sam, ann):
    matching.look(ann)
    matching.specialist("tom")
    matching.settle(DAY)
    assert sorted(matching.listed(ann)) == ["Sam", "Tom"]


def test_a_choice_made_offline_among_people_who_were_passed_over_meanwhile_is_said_to_be_late(matching, sam, ann):
    matching.look(ann)
    tablet = matching.second(ann)
    tablet.pull()
    ok(ann.do("request.keep_looking", id="r1"))
    [*_, request] = ok(tablet.do("request.choose", id="r1", person=matching.card(tablet, "Sam")))
    assert (request["data"]["state"], request["data"]["last"]) == ("open", "taken")
    assert matching.offers(sam) == []
