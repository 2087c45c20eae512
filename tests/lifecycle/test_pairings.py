"""A pairing: paused, gone on with, and parted from without blame."""

import pytest

from sync.clock import DAY, HOUR
from tests.lifecycle.matching_fixture import GRIEF, no, ok

WAYS = {
    "rematch": ("pairing.rematch", {}),
    "with a reason": ("pairing.rematch", {"reason": "he talks about himself"}),
    "with another": ("pairing.rematch", {"reason": "" }),
    "end": ("pairing.end", {}),
}  # fmt: skip


def part(phone, space, way="rematch"):
    name, args = WAYS[way]
    ok(phone.do(name, pairing=space.removeprefix("pair:"), **args))


def test_a_pause_ends_at_its_time_or_when_who_paused_goes_on(matching, sam, ann):
    space = matching.bond(ann, sam)
    pairing = {"pairing": space.removeprefix("pair:")}
    ok(sam.do("pairing.pause", until=matching.world.time + DAY, **pairing))
    ok(ann.do("pairing.pause", **pairing))
    assert no(ann.do("message.send", space=space, id="m", text="hello", origin="person")) == ("wrong_state", "paused")
    matching.settle(DAY)
    assert matching.pairing(ann, space)["state"] == "paused"
    ok(sam.do("pairing.resume", **pairing))
    assert matching.pairing(ann, space)["state"] == "paused"
    ok(ann.do("pairing.resume", **pairing))
    assert matching.pairing(ann, space)["state"] == "active"
    assert no(ann.do("pairing.pause", until=matching.world.time, **pairing))[0] == "wrong_state"


@pytest.mark.parametrize("name", ["pause", "resume"])
def test_what_has_ended_is_neither_paused_nor_gone_on_with(matching, sam, ann, name):
    space = matching.bond(ann, sam)
    part(ann, space, "end")
    assert no(sam.do(f"pairing.{name}", pairing=space.removeprefix("pair:"))) == ("wrong_state", "ended")


@pytest.mark.parametrize("name", ["pause", "resume", "end", "rematch", "hand_back"])
def test_a_pairing_of_others_is_not_there(matching, sam, ann, bob, name):
    space = matching.bond(ann, sam)
    assert no(bob.do(f"pairing.{name}", pairing=space.removeprefix("pair:")))[0] == "not_found"


def test_parting_without_blame_keeps_the_age_of_the_request_and_the_two_never_meet_again(matching, sam, tom, ann):
    space = matching.bond(ann, sam)
    opened_at = matching.request(ann)["opened_at"]
    matching.settle(DAY)
    part(ann, space)
    matching.settle()
    told = matching.request(ann)
    assert (told["state"], told["last"], told["opened_at"]) == ("shortlisted", "next", opened_at)
    assert matching.listed(ann) == ["Tom"]
    assert matching.practice(sam)["active"] == 0
    ok(ann.do("request.withdraw", id="r1"))
    matching.settle(300 * DAY)
    assert matching.look(ann, "r2") == ["Tom"]


def test_parting_twice_is_parting_once(matching, sam, ann):
    space = matching.bond(ann, sam)
    tablet = matching.second(ann)
    part(ann, space)
    part(tablet, space)
    part(sam, space)
    matching.settle()
    assert not matching.request(ann).get("talk")


@pytest.mark.parametrize("way", ["with a reason", "with another", "end"])
@pytest.mark.parametrize("when", ["pending", "active", "paused"])
def test_the_specialist_is_told_the_same_however_the_peer_parts(tell, way, when):
    def story(matching, way):
        ann, sam = matching.peer("ann"), matching.specialist("sam")
        space = matching.bond(ann, sam) if when != "pending" else matching.pair(ann, sam)
        if when == "paused":
            ok(sam.do("pairing.pause", pairing=space.removeprefix("pair:")))
        part(ann, space, way)
        matching.settle(HOUR)
        return sam.replica

    assert tell(story, way) == tell(story, "rematch")


@pytest.mark.parametrize("way", ["with a reason", "with another"])
def test_the_peer_is_told_the_same_whatever_the_specialists_reason(tell, way):
    def story(matching, way):
        ann, sam = matching.peer("ann"), matching.specialist("sam")
        part(sam, matching.bond(ann, sam), way)
        matching.settle(HOUR)
        return ann.replica

    assert tell(story, way) == tell(story, "rematch")


def test_the_ending_that_both_see_does_not_say_who_asked_or_why(tell):
    def story(matching, who, way):
        ann, sam = matching.peer("ann"), matching.specialist("sam")
        space = matching.bond(ann, sam)
        part(ann if who == "peer" else sam, space, way)
        matching.settle()
        return [{name: row for name, row in phone.replica.items() if name[0] == space} for phone in (ann, sam)]

    endings = [tell(story, who, way) for who in ("peer", "specialist") for way in WAYS]
    assert all(ending == endings[0] for ending in endings)


def test_a_peer_whose_specialist_parts_is_found_somebody_else(matching, sam, tom, ann):
    part(sam, matching.bond(ann, sam), "rematch")
    matching.settle()
    assert matching.listed(ann) == ["Tom"]


def test_after_the_third_parting_a_talk_is_offered_and_nothing_is_limited(matching, ann):
    *three, vic = [matching.specialist(name) for name in ("sam", "tom", "una", "vic")]
    for specialist in three:
        assert not ann.records("request") or "talk" not in matching.request(ann)
        part(ann, matching.bond(ann, specialist))
        matching.settle()
    assert matching.request(ann)["talk"] is True
    matching.bond(ann, vic)


def test_what_a_specialist_asks_for_does_not_count_against_the_peer(matching, ann):
    for specialist in [matching.specialist(name) for name in ("sam", "tom", "una")]:
        part(specialist, matching.bond(ann, specialist))
        matching.settle()
    assert "talk" not in matching.request(ann)


def test_who_is_not_to_be_met_again_is_on_no_other_list_either(matching, sam, tom, ann):
    matching.look(ann, "r1")
    matching.look(ann, "r2")
    part(ann, matching.bond(ann, sam, "r1"))
    matching.settle()
    assert (matching.listed(ann, "r1"), matching.listed(ann, "r2")) == (["Tom"], ["Tom"])


def test_who_is_not_to_be_met_again_cannot_say_yes_to_another_request(matching, sam, ann):
    space = matching.bond(ann, sam, "r1")
    if "Sam" not in matching.look(ann, "r2"):
        return  # who is there for somebody already is not suggested to them twice
    offer = matching.ask(ann, sam, "r2")
    part(ann, space)
    matching.settle()
    assert (matching.offers(sam), sam.do("offer.accept", id=offer)["ok"]) == ([], False)
    assert matching.request(ann, "r2")["state"] == "open"


def test_nobody_is_paired_twice_with_the_same_person(matching, sam, ann):
    matching.bond(ann, sam, "r1")
    assert matching.look(ann, "r2", topics=GRIEF) == []
