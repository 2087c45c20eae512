"""What blocks, what is no matching, and the words for it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.matching.reasons import Reason
from server.matching.stability import blocking_pairs, explain, explain_unmatched, require_valid
from tests.matching.cohorts import Cohort, all_valid, blocks, cohorts, mutual
from tests.matching.examples import tried
from tests.matching.published import COHORT


@settings(max_examples=tried(150))
@given(cohorts(most_peers=4), st.data())
def test_the_pairs_that_block_are_those_of_the_definition(cohort, data):
    matching = data.draw(st.sampled_from(list(all_valid(cohort))))
    assert blocking_pairs(*cohort, matching) == blocks(cohort, matching)


@settings(max_examples=tried(150))
@given(cohorts(most_peers=4), st.data())
def test_each_pair_is_explained_as_what_it_is(cohort, data):
    matching = data.draw(st.sampled_from(list(all_valid(cohort))))
    blocking = blocks(cohort, matching)
    for peer in cohort.peers:
        for who in cohort.specialists:
            code = explain(*cohort, matching, peer, who).code
            assert (code == "blocks") == ((peer, who) in blocking)
            assert (code == "together") == (matching[peer] == who)
            assert (code == "not_listed") == (who not in mutual(cohort, peer))


def test_a_specialist_compares_with_the_last_of_those_it_has():
    cohort = Cohort({p: ["sam"] for p in "abcd"}, {"sam": ["a", "b", ["c", "d"]]}, {"sam": 2})
    assert blocking_pairs(*cohort, {"a": "sam", "c": "sam"}) == [("b", "sam")]
    assert blocking_pairs(*cohort, {"b": "sam", "c": "sam"}) == [("a", "sam")]
    for matching in ({"c": "sam", "d": "sam"}, {"d": "sam", "c": "sam"}):
        assert explain(*cohort, matching, "a", "sam").worst == "c"


def test_the_unmatched_learn_of_all_on_their_list_who_are_there():
    cohort = Cohort(
        {"ann": ["zoe", "tom", "sam"], "bob": ["sam"]}, {"sam": ["bob", "ann"], "tom": []}, {"sam": 1, "tom": 1}
    )
    reasons = explain_unmatched(*cohort, {"bob": "sam"})
    assert {peer: [reason.code for reason in each] for peer, each in reasons.items()} == {
        "ann": ["not_listed", "specialist_content"]
    }


def test_a_peer_who_is_left_out_of_the_matching_is_unmatched():
    assert blocking_pairs(*COHORT, {}) == [
        ("ann", "sam"),
        ("ann", "tom"),
        ("bob", "sam"),
        ("cem", "sam"),
        ("cem", "tom"),
    ]


@pytest.mark.parametrize(
    ("matching", "peer", "specialist", "reason", "words"),
    [
        ({"ann": "sam"}, "ann", "sam", Reason("together", "ann", "sam"), "ann and sam have each other."),
        (
            {"dee": None},
            "dee",
            "tom",
            Reason("not_listed", "dee", "tom", by="tom"),
            "tom did not list dee.",
        ),
        (
            {"cem": "tom"},
            "dee",
            "una",
            Reason("not_listed", "dee", "una", by="dee"),
            "dee did not list una.",
        ),
        ({}, "cem", "una", Reason("no_places", "cem", "una"), "una has no places."),
        (
            {"cem": "tom"},
            "cem",
            "sam",
            Reason("peer_content", "cem", "sam", partner="tom"),
            "cem has tom, whom cem likes as much as sam or more.",
        ),
        (
            {"ann": "sam"},
            "bob",
            "sam",
            Reason("specialist_content", "bob", "sam", worst="ann"),
            "sam is full with people it likes as much as bob or more; ann is the last.",
        ),
        (
            {"ann": "tom"},
            "ann",
            "sam",
            Reason("blocks", "ann", "sam", partner="tom"),
            "They would rather have each other: ann has tom, and sam has a free place.",
        ),
        (
            {"ann": "sam"},
            "cem",
            "sam",
            Reason("blocks", "cem", "sam", worst="ann"),
            "They would rather have each other: cem has nobody, and sam would rather have cem than ann.",
        ),
    ],
)
def test_two_people_learn_why_they_do_not_have_each_other(matching, peer, specialist, reason, words):
    found = explain(*COHORT, matching, peer, specialist)
    assert found == reason
    assert str(found) == words


@pytest.mark.parametrize(
    ("matching", "words"),
    [
        ({"zoe": None}, "names 'zoe', who is not among the peers"),
        ({"ann": "zoe"}, "'ann' is matched to 'zoe', who is not among the specialists"),
        ({"dee": "tom"}, "'dee' is matched to 'tom', but they did not list each other"),
        ({"dee": "una"}, "'dee' is matched to 'una', but they did not list each other"),
        ({"ann": "sam", "bob": "sam"}, "'sam' is given 2 peers; it has places for 1"),
        ({"cem": "una"}, "'una' is given 1 peers; it has places for 0"),
    ],
)
def test_what_nobody_can_have_is_no_matching(matching, words):
    with pytest.raises(ValueError, match=words):
        require_valid(*COHORT, matching)
    with pytest.raises(ValueError, match=words):
        blocking_pairs(*COHORT, matching)
    with pytest.raises(ValueError, match=words):
        explain(*COHORT, matching, "ann", "sam")


@pytest.mark.parametrize(
    ("peer", "specialist", "words"), [("sam", "sam", "not among the peers"), ("ann", "bob", "not among the spec")]
)
def test_only_people_of_the_cohort_can_be_asked_about(peer, specialist, words):
    with pytest.raises(ValueError, match=words):
        explain(*COHORT, {}, peer, specialist)
