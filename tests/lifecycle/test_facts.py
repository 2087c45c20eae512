"""Facts: narrowing who may know of one always wins, at once, and what is private reaches nobody."""

import itertools

import pytest

from schemas.fact import TIERS
from tests.lifecycle.matching_fixture import no, ok

NAMED = ("paired", "profile")


def known(phone, space=None):
    """Return the topics that somebody is shown of others, in their pairings."""
    phone.sync()
    mine = set(phone.spaces().values())
    rows = [row for row in phone.records("introduction", space) if row["id"] not in mine]
    return sorted(fact["topic"] for row in rows for fact in row["data"]["facts"])


def mood(phone, tier, **args):
    return phone.do("fact.put", id="mood", topic="low_mood", kind="lived", tier=tier, **args)


@pytest.mark.parametrize("tier", TIERS)
def test_only_what_is_shared_with_those_one_is_paired_with_is_shown_to_them(matching, sam, ann, tier):
    ok(mood(ann, tier))
    space = matching.bond(ann, sam)
    assert known(sam, space) == (["low_mood"] if tier in NAMED else [])


def test_what_others_are_shown_follows_the_tier_at_once(matching, sam, ann):
    space = matching.bond(ann, sam)
    for before, after in itertools.product(TIERS, TIERS):
        ok(mood(ann, before, seen=ann.records("fact")[0]["data"]["tier"] if ann.records("fact") else before))
        assert known(sam, space) == (["low_mood"] if before in NAMED else [])
        ok(mood(ann, after, seen=before))
        assert known(sam, space) == (["low_mood"] if after in NAMED else [])
    ok(ann.do("fact.delete", id="mood"))
    assert known(sam, space) == []


@pytest.mark.parametrize("change", ["delete", "narrow"])
def test_what_is_taken_back_is_taken_back_from_former_pairings_too(matching, sam, ann, change):
    ok(mood(ann, "paired"))
    space = matching.bond(ann, sam)
    ok(ann.do("pairing.end", pairing=space.removeprefix("pair:")))
    ok(ann.do("fact.delete", id="mood") if change == "delete" else mood(ann, "private"))
    assert known(sam) == []


def test_what_is_shared_after_parting_is_not_shown_to_who_one_parted_from(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(ann.do("pairing.end", pairing=space.removeprefix("pair:")))
    ok(mood(ann, "profile"))
    assert known(sam) == []


@pytest.mark.parametrize("first", ["narrow", "wide"])
@pytest.mark.parametrize("later", ["narrow", "wide"])
def test_of_two_phones_that_did_not_know_of_each_other_the_narrower_wins(matching, ann, first, later):
    tablet = matching.second(ann)
    for narrow, start, wide in itertools.combinations(TIERS, 3):
        name = f"{narrow}.{start}.{wide}"
        ok(ann.do("fact.put", id=name, topic="sleep", kind="lived", tier=start))
        tablet.pull()
        edits = {"narrow": (ann, narrow), "wide": (tablet, wide)}
        for which in sorted(edits, key=lambda which: which == later):  # whose clock is later
            phone, tier = edits[which]
            phone.does("fact.put", id=name, tier=tier, seen=start)
            matching.world.wait(1000)
        for which in sorted(edits, key=lambda which: which != first):  # who is online first
            ok(edits[which][0].push()[-1])
        ann.sync()
        assert ann.replica[f"user:{ann.user}", "fact", name]["data"]["tier"] == narrow


def test_who_saw_the_narrow_tier_can_widen_it_again(matching, ann):
    ok(mood(ann, "paired"))
    ok(mood(ann, "private"))
    ok(mood(ann, "profile", seen="paired"))
    assert ann.records("fact")[0]["data"]["tier"] == "private"
    ok(mood(ann, "profile", seen="private"))
    assert ann.records("fact")[0]["data"]["tier"] == "profile"


def test_a_new_fact_is_private_and_says_what_it_is_about(matching, ann):
    assert no(ann.do("fact.put", id="mood", tier="paired"))[0] == "bad_request"
    ok(ann.do("fact.put", id="mood", topic="low_mood", kind="lived"))
    assert ann.records("fact")[0]["data"]["tier"] == "private"
    assert no(ann.do("fact.delete", id="other"))[0] == "not_found"


def test_a_deleted_fact_stays_deleted(matching, sam, ann):
    space = matching.bond(ann, sam)
    ok(mood(ann, "paired"))
    ok(ann.do("fact.delete", id="mood"))
    ok(mood(ann, "profile"))
    assert (ann.records("fact"), known(sam, space)) == ([], [])


def seen_by_others(matching, whose, topic, tier):
    """Return every byte that others than the owner of a fact are sent, in a story with one fact."""
    ann, sam, tom = matching.peer("ann"), matching.specialist("sam"), matching.specialist("tom")
    bob = matching.peer("bob")
    owner = {"peer": ann, "specialist": sam}[whose]
    ok(owner.do("fact.put", id="f", topic=topic, kind="lived", depth=3, tier=tier))
    for peer in (ann, bob):
        matching.look(peer, topics={"grief_loss": 2, "low_mood": 3})
    lists = {name: matching.people(peer) for name, peer in (("ann", ann), ("bob", bob))}
    space = matching.bond(ann, sam)
    ok(owner.do("fact.put", id="f", depth=1))
    ok(ann.do("pairing.rematch", pairing=space.removeprefix("pair:")))
    matching.settle()
    return lists, [phone.replica for phone in (ann, bob, sam, tom) if phone is not owner]


@pytest.mark.parametrize("whose", ["peer", "specialist"])
def test_a_private_fact_changes_no_byte_of_what_anybody_else_sees(tell, whose):
    assert tell(seen_by_others, whose, "low_mood", "private") == tell(seen_by_others, whose, "sleep", "private")


@pytest.mark.parametrize("whose", ["peer", "specialist"])
@pytest.mark.parametrize("tier", ["private", "match_only", "open_together"])
def test_what_may_not_be_named_changes_no_reason_that_anybody_is_given(tell, whose, tier):
    def reasons(topic):
        lists, _ = tell(seen_by_others, whose, topic, tier)
        return {who: {one["name"]: (one["reasons"], one["limit"]) for one in people} for who, people in lists.items()}

    assert reasons("low_mood") == reasons("sleep")


def test_a_fact_for_matching_only_does_find_people(matching, sam, tom, ann):
    ok(mood(sam, "match_only"))
    assert matching.look(ann, topics={"low_mood": 3}) == ["Sam"]
    assert matching.look(ann, "r2", topics={"low_mood": 3}, must={"lived": False}) == ["Sam", "Tom"]
    assert not any(reason["code"] == "both_know" for one in matching.people(ann) for reason in one["reasons"])
