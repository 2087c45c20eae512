"""A handover: nobody is left without a word, nor without somebody to turn to."""

import pytest

from schemas.agreement import AGREED
from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import no, ok
from tests.lifecycle.sweeper import orphans

WEEK = 7 * DAY


@pytest.fixture
def space(matching, sam, tom, ann):
    return matching.bond(ann, sam)


def handover(phone, space):
    phone.sync()
    return phone.records("handover", space)[0]["data"]


def leave(matching, phone, until=WEEK, **words):
    ok(phone.do("specialist.leave", until=matching.world.time + until, **words))
    matching.settle()


def go_for_good(matching, phone):
    """Let somebody delete their account."""
    matching.world.parts.accounts.deletion.leave(phone.transport.caller)
    matching.phones.remove(phone)


def named(pairing):
    return {"pairing": pairing.removeprefix("pair:")}


def test_a_leave_is_told_at_once_with_words_and_time_to_say_goodbye(matching, sam, ann, space):
    leave(matching, sam, words="I move away")
    told = handover(ann, space)
    assert (told["sort"], told["state"], told["words"]) == ("planned", "announced", "I move away")
    assert (matching.pairing(ann, space)["state"], told["until"]) == ("handover", matching.world.time + WEEK)
    for phone in (ann, sam):
        ok(phone.do("message.send", space=space, id=phone.user, text="goodbye", origin="person"))


def test_meanwhile_the_peer_chooses_who_comes_next_before_all_others(matching, sam, ann, space):
    leave(matching, sam)
    name = matching.next_request(space)
    told = matching.request(ann, name)
    assert (told["state"], told["last"], told["priority"], told["after"]) == (
        "shortlisted", "handover", True, space.removeprefix("pair:"),
    )  # fmt: skip
    assert told["opened_at"] == matching.request(ann)["opened_at"]
    assert matching.listed(ann, name) == ["Tom"]


def test_it_is_introduced_with_the_next_person_and_completed_with_their_agreement(matching, sam, tom, ann, space):
    leave(matching, sam)
    new = matching.pair(ann, tom, matching.next_request(space))
    assert handover(ann, space)["state"] == "introduced"
    ok(ann.do("agreement.sign", space=new, sha256=AGREED))
    assert handover(ann, space)["state"] == "completed"
    matching.settle(WEEK)
    assert (matching.pairing(ann, space)["state"], matching.pairing(ann, new)["state"]) == ("ended", "active")
    assert orphans(matching.world.mongo) == []


def test_on_the_last_day_the_pairing_ends_and_stays_readable(matching, sam, ann, space):
    ok(sam.do("message.send", space=space, id="m", text="all the best", origin="person"))
    leave(matching, sam)
    matching.settle(WEEK - 1)
    assert matching.pairing(ann, space)["state"] == "handover"
    matching.settle(1)
    ended = matching.pairing(ann, space)
    assert (ended["state"], ended["ending"], ann.texts(space)) == ("ended", "handed_over", ["all the best"])
    too_late = ann.do("message.send", space=space, id="n", text="still there?", origin="person")
    assert no(too_late) == ("wrong_state", "ended")
    assert matching.practice(sam)["active"] == 0
    assert orphans(matching.world.mongo) == []


def test_the_search_for_the_next_person_is_not_given_up_before_the_last_day(matching, sam, ann, space):
    ok(matching.olga.do("specialist.deactivate", specialist="tom"))
    leave(matching, sam, until=30 * DAY)
    for _ in range(29):
        matching.settle(DAY)
    assert matching.request(ann, matching.next_request(space))["state"] == "open"
    matching.settle(2 * DAY)
    assert orphans(matching.world.mongo) == []


def test_one_pairing_alone_can_be_handed_over_and_not_to_the_same_person_again(matching, sam, ann, space):
    ok(sam.do("handover.announce", until=matching.world.time + WEEK, words="", **named(space)))
    matching.settle()
    assert matching.listed(ann, matching.next_request(space)) == ["Tom"]


def test_who_wants_nobody_else_says_so_and_is_shown_nobody(matching, sam, ann, space):
    leave(matching, sam)
    ok(ann.do("handover.refuse", **named(space)))
    matching.settle()
    assert handover(sam, space)["state"] == "refused"
    assert matching.request(ann, matching.next_request(space))["state"] == "withdrawn"
    assert matching.listed(ann, matching.next_request(space)) == []
    matching.settle(WEEK)
    assert orphans(matching.world.mongo) == []


def test_a_sudden_loss_comes_with_honest_words_a_name_and_priority(matching, sam, ann, space):
    ok(matching.olga.do("specialist.deactivate", specialist="sam", sudden=True, stand_in="Vera"))
    matching.settle()
    [message] = ann.records("message", space)
    assert (message["data"]["origin"], message["author"]) == ("system", "")
    assert "cannot tell you themselves" in message["data"]["text"]
    assert "Vera" in message["data"]["text"]
    told, ended = handover(ann, space), matching.pairing(ann, space)
    assert (told["sort"], told["stand_in"], ended["state"], ended["ending"]) == ("sudden", "Vera", "ended", "sudden")
    assert message["seq"] < ann.records("pairing", space)[0]["seq"]
    assert matching.listed(ann, matching.next_request(space)) == ["Tom"]
    assert orphans(matching.world.mongo) == []


def test_a_sudden_loss_is_told_in_the_language_of_the_agreement(matching, sam, ann, bob):
    space = ok(sam.do("offer.accept", id=matching.ask(bob, sam), terms={"locale": "es"}))[0]["space"]
    ok(matching.olga.do("specialist.deactivate", specialist="sam", sudden=True))
    bob.sync()
    assert bob.texts(space)[0].startswith("La persona")


def test_a_sudden_loss_while_leaving_looks_for_one_next_person(matching, sam, ann, space):
    leave(matching, sam)
    ok(matching.olga.do("specialist.deactivate", specialist="sam", sudden=True))
    matching.settle()
    assert [row["id"] for row in ann.records("request")] == ["r1", matching.next_request(space)]
    assert handover(ann, space)["sort"] == "sudden"
    assert orphans(matching.world.mongo) == []


def test_who_deletes_their_account_leaves_nobody_without_a_word(matching, sam, ann, space):
    go_for_good(matching, sam)
    matching.settle()
    assert (matching.pairing(ann, space)["ending"], len(ann.texts(space))) == ("sudden", 1)
    assert matching.listed(ann, matching.next_request(space)) == ["Tom"]
    assert orphans(matching.world.mongo) == []


def test_an_account_that_is_deleted_after_a_breather_does_not_stop_the_search_for_others(matching, sam, tom, ann):
    ok(sam.do("practice.pause", until=matching.world.time + DAY))
    go_for_good(matching, sam)
    assert matching.look(ann) == ["Tom"]


def test_who_came_by_invitation_is_found_somebody_else_too(matching, sam, tom, ann):
    code = ok(sam.do("pairing.invite"))[0]["data"]["code"]
    ok(ann.do("pairing.join", code=code, agreement=AGREED))
    space = matching.space(ann)
    leave(matching, sam)
    assert matching.listed(ann, matching.next_request(space)) == ["Tom"]


@pytest.mark.parametrize(
    ("name", "args", "refusal"),
    [
        ("announce", {"until": -1}, ("wrong_state", "past")),
        ("announce", {"until": WEEK}, ("wrong_state", "handover")),
    ],
)
def test_a_day_in_the_past_or_a_second_handover_is_refused(matching, sam, ann, space, name, args, refusal):
    if refusal[1] == "handover":
        leave(matching, sam)
    args = {"until": matching.world.time + args["until"], **named(space)}
    assert no(sam.do(f"handover.{name}", **args)) == refusal


def test_each_side_has_its_own_part_in_a_handover(matching, sam, ann, bob, space):
    until = matching.world.time + WEEK
    assert no(ann.do("handover.announce", until=until, **named(space)))[0] == "forbidden"
    assert no(bob.do("handover.announce", until=until, **named(space)))[0] == "not_found"
    assert no(ann.do("handover.refuse", **named(space)))[0] == "not_found"
    leave(matching, sam)
    assert no(sam.do("handover.refuse", **named(space)))[0] == "forbidden"
    ok(matching.choose(ann, "Tom", matching.next_request(space)))
    ok(ann.do("handover.refuse", **named(space)))
    assert {row["data"]["state"] for row in ann.records("request")} >= {"paired"}


def test_who_parts_while_leaving_is_still_followed_by_one_other_person(matching, sam, ann, space):
    leave(matching, sam)
    ok(ann.do("pairing.rematch", **named(space)))
    matching.settle(HOUR)
    states = {row["id"]: row["data"]["state"] for row in ann.records("request")}
    assert states == {"r1": "ended", matching.next_request(space): "shortlisted"}
