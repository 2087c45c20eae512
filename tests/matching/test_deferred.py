"""Deferred acceptance, judged by all matchings there are."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.matching.deferred import MOST_ROUNDS, accept
from tests.matching.cohorts import (
    Cohort,
    all_stable,
    all_valid,
    blocks,
    cohorts,
    mutual,
    rank,
    served,
)
from tests.matching.examples import tried

ROUNDS = range(MOST_ROUNDS + 1)
SMALL = Cohort(
    {"ann": ["sam", "tom"], "bob": ["sam"], "cem": ["tom", "sam"]},
    {"sam": ["cem", "ann", "bob"], "tom": ["ann", "cem"]},
    {"sam": 1, "tom": 1},
)


def test_who_is_put_back_asks_the_next_on_the_list():
    assert accept(*SMALL) == {"ann": "sam", "bob": None, "cem": "tom"}


def test_a_specialist_without_places_gets_nobody_and_with_many_gets_all():
    lists = ({"ann": ["sam"], "bob": ["sam"]}, {"sam": ["bob", "ann"]})
    assert accept(*lists, {"sam": 0}, rounds=3) == {"ann": None, "bob": None}
    assert accept(*lists, {"sam": 99}) == {"ann": "sam", "bob": "sam"}


def test_who_is_not_listed_back_or_not_known_has_no_effect():
    assert accept({"ann": ["eve", "tom", "sam"]}, {"sam": ["ann", "zoe"], "tom": []}, {"sam": 1, "tom": 1}) == {
        "ann": "sam"
    }


def test_an_empty_cohort_is_a_cohort():
    assert accept({}, {}, {}) == {}
    assert accept({"ann": [], "bob": [[]]}, {}, {}, rounds=3) == {"ann": None, "bob": None}


@settings(max_examples=tried(400))
@given(cohorts(ties=False))
def test_every_peer_has_the_best_of_all_stable_matchings(cohort):
    found, stable = accept(*cohort), all_stable(cohort)
    assert found in stable
    for matching, (peer, wishes) in itertools.product(stable, cohort.peers.items()):
        order = [*rank(wishes), None]
        assert order.index(found[peer]) <= order.index(matching[peer])


@settings(max_examples=tried(200))
@given(cohorts(ties=False))
def test_the_same_people_are_served_in_every_stable_matching(cohort):
    found = accept(*cohort)
    for matching in all_stable(cohort):
        assert {peer for peer, who in matching.items() if who} == {peer for peer, who in found.items() if who}
        for specialist, places in cohort.capacities.items():
            ours, theirs = ([p for p, who in each.items() if who == specialist] for each in (found, matching))
            assert len(ours) == len(theirs)
            assert len(ours) == places or ours == theirs


@settings(max_examples=tried(400))
@given(cohorts(), st.text(max_size=3))
def test_no_pair_blocks_however_ties_fall(cohort, seed):
    found = accept(*cohort, seed=seed)
    assert found in list(all_valid(cohort))
    assert blocks(cohort, found) == []


@settings(max_examples=tried(200))
@given(cohorts(), st.text(max_size=3))
def test_ties_of_specialists_cost_a_third_of_the_places_at_most(cohort, seed):
    strict = {peer: list(rank(wishes)) for peer, wishes in cohort.peers.items()}
    cohort = cohort._replace(peers=strict)
    assert 3 * served(accept(*cohort, seed=seed)) >= 2 * max(map(served, all_stable(cohort)))


@settings(max_examples=tried(200))
@given(cohorts(), st.text(max_size=3), st.sampled_from(ROUNDS), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(cohort, seed, rounds, chance):
    def mixed(table):
        return dict(chance.sample(sorted(table.items()), len(table)))

    def turned(lists):
        return {who: [e if isinstance(e, str) else e[::-1] for e in wishes] for who, wishes in mixed(lists).items()}

    found = accept(*cohort, seed=seed, rounds=rounds)
    again = accept(turned(cohort.peers), turned(cohort.specialists), mixed(cohort.capacities), seed=seed, rounds=rounds)
    assert list(again.items()) == list(found.items())


def test_the_seed_decides_ties_and_nothing_else():
    tied = ({"ann": ["sam"], "bob": ["sam"]}, {"sam": [["ann", "bob"]]}, {"sam": 1})
    assert {accept(*tied, seed=str(i))["ann"] for i in range(20)} == {"sam", None}
    assert len({tuple(accept(*SMALL, seed=str(i)).items()) for i in range(20)}) == 1


def test_a_tie_falls_as_it_always_did():
    peers = {f"p{i}": [["s0", "s1"], "s2"] for i in range(6)}
    specialists = {f"s{i}": [sorted(peers)] for i in range(3)}
    found = accept(peers, specialists, dict.fromkeys(specialists, 2), seed="2026-03")
    assert found == {"p0": "s0", "p1": "s2", "p2": "s0", "p3": "s1", "p4": "s1", "p5": "s2"}


@settings(max_examples=tried(60))
@given(cohorts(most_peers=4, ties=False))
def test_no_peer_gains_by_another_list_than_the_true_one(cohort):
    honest = accept(*cohort)
    for peer, wishes in cohort.peers.items():
        order = [*wishes, None]
        for size in range(len(wishes) + 1):
            for other in itertools.permutations(mutual(cohort, peer), min(size, len(mutual(cohort, peer)))):
                told = accept({**cohort.peers, peer: other}, cohort.specialists, cohort.capacities)[peer]
                assert order.index(honest[peer]) <= order.index(told)


@pytest.mark.parametrize(
    ("peers", "specialists", "capacities", "words"),
    [
        ({}, {"sam": []}, {}, "Specialist 'sam' has no capacity"),
        ({}, {}, {"tom": 1}, "capacity for 'tom', who is not among the specialists"),
        ({}, {"sam": []}, {"sam": -1}, "capacity of specialist 'sam' is -1"),
        ({"ann": ["sam", "sam"]}, {"sam": []}, {"sam": 1}, "list of peer 'ann' names 'sam' twice"),
        ({}, {"sam": [["ann", "bob"], "ann"]}, {"sam": 1}, "list of specialist 'sam' names 'ann' twice"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(peers, specialists, capacities, words):
    with pytest.raises(ValueError, match=words):
        accept(peers, specialists, capacities)
