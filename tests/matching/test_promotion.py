"""Promotion: who was left out goes round again, and what that is proven to bring."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.matching.deferred import MOST_ROUNDS, accept
from tests.matching.cohorts import (
    Cohort,
    all_valid,
    blocks,
    cohorts,
    generated,
    most_served,
    served,
)
from tests.matching.examples import tried

ROUNDS = range(MOST_ROUNDS + 1)


LEFT_OUT = Cohort(
    {"ann": ["sam", "tom"], "bob": ["sam"]}, {"sam": ["ann", "bob"], "tom": ["ann"]}, {"sam": 1, "tom": 1}
)


def test_nobody_takes_the_only_one_from_another_who_has_a_choice_if_promoted():
    assert accept(*LEFT_OUT) == {"ann": "sam", "bob": None}
    assert accept(*LEFT_OUT, rounds=1) == {"ann": "tom", "bob": "sam"}


@settings(max_examples=tried(300))
@given(cohorts(most_specialists=4), st.text(max_size=3))
def test_promotion_serves_as_many_or_more_and_as_many_as_is_proven(cohort, seed):
    most = most_served(cohort)
    counts = [served(accept(*cohort, seed=seed, rounds=rounds)) for rounds in ROUNDS]
    assert counts == sorted(counts)
    for rounds, count in zip(ROUNDS, counts, strict=True):
        assert count * (rounds + 2) >= most * (rounds + 1)
        assert count == most or len(cohort.specialists) > rounds + 1


@settings(max_examples=tried(100))
@given(cohorts(), st.sampled_from(ROUNDS))
def test_promotion_gives_nobody_what_they_cannot_have_and_takes_nothing_from_the_unmatched(cohort, rounds):
    found = accept(*cohort, rounds=rounds)
    assert found in list(all_valid(cohort))
    assert all(found[peer] for peer, _ in blocks(cohort, found))


def test_one_round_is_not_always_enough_and_two_are():
    chain = Cohort(
        {"ann": ["s1"], "bob": ["s1", "s2"], "cem": ["s2", "s3"]},
        {"s1": ["bob", "ann"], "s2": ["cem", "bob"], "s3": ["cem"]},
        {"s1": 1, "s2": 1, "s3": 1},
    )
    assert [served(accept(*chain, rounds=rounds)) for rounds in ROUNDS] == [2, 2, 3, 3]


@pytest.mark.parametrize("rounds", [-1, 4])
def test_rounds_are_0_to_3(rounds):
    with pytest.raises(ValueError, match=f"0 to 3 rounds of promotion, not {rounds}"):
        accept({}, {}, {}, rounds=rounds)


def test_a_large_cohort_is_stable_too():
    cohort = generated(7, 600, 100, 2, 10, 5)
    assert blocks(cohort, accept(*cohort)) == []
    counts = [served(accept(*cohort, rounds=rounds)) for rounds in ROUNDS]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
