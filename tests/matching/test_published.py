"""Instances that others have published, with what is known of them; `published.json` names each source."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from server.matching.assign import Edges, assign
from server.matching.deferred import accept
from server.matching.stability import blocking_pairs
from tests.matching.cohorts import Cohort, all_stable, blocks, generated, served
from tests.matching.published import BY_ID, PUBLISHED

STRICT = [instance for instance in PUBLISHED["instances"] if instance["kind"] == "hr-strict"]
TIED = [instance for instance in PUBLISHED["instances"] if instance["kind"] == "hr-ties"]
# A case may speak of an instance that is not in the file; it says nothing then.
CHECKS = [case for case in PUBLISHED["checker_cases"] if case["instance"] in BY_ID]


def cohort(instance: Mapping[str, Any]) -> Cohort:
    return Cohort(instance["peers"], instance["specialists"], instance["capacities"])


def swapped(instance: Cohort) -> Cohort:
    """Return one-to-one instances with the roles exchanged."""
    return Cohort(instance.specialists, instance.peers, dict.fromkeys(instance.peers, 1))


def canonical(matching: Mapping[str, str | None]) -> str:
    text = "".join(f"{peer}={matching[peer] or '-'}\n" for peer in sorted(matching))
    return hashlib.sha256(text.encode()).hexdigest()


def by_names(matchings: list[dict[str, str | None]]) -> list[str]:
    return sorted(map(canonical, matchings))


def test_there_is_something_to_judge_by():
    assert len(STRICT) >= 3
    assert TIED
    assert len(CHECKS) >= 2
    assert PUBLISHED["generated"]
    assert PUBLISHED["assignment"]


@pytest.mark.parametrize("instance", STRICT, ids=lambda each: each["id"])
def test_peers_get_the_best_that_is_stable(instance):
    expected, found = instance["expected"], accept(*cohort(instance))
    assert found == expected["peer_optimal"]
    assert served(found) == expected["matched"]
    pairs = [list(pair) for pair in blocking_pairs(*cohort(instance), found)]
    assert pairs == expected["blocking_pairs_of_expected"]


@pytest.mark.parametrize("instance", STRICT, ids=lambda each: each["id"])
def test_all_that_is_stable_is_known(instance):
    stable = all_stable(cohort(instance))
    assert len(stable) == instance["expected"]["stable_count"]
    assert by_names(stable) == by_names(instance["expected"]["all_stable"])
    for matching in (*instance["expected"]["all_stable"], instance["expected"]["specialist_optimal"]):
        assert blocking_pairs(*cohort(instance), matching) == []


@pytest.mark.parametrize("instance", STRICT, ids=lambda each: each["id"])
def test_with_the_roles_exchanged_specialists_get_their_best(instance):
    if set(instance["capacities"].values()) != {1}:
        return
    found = accept(*swapped(cohort(instance)))
    assert {peer: who for who, peer in found.items() if peer} == instance["expected"]["specialist_optimal"]


@pytest.mark.parametrize("instance", TIED, ids=lambda each: each["id"])
@pytest.mark.parametrize("seed", ["", "a", "b", "c", "d", "e", "f", "g"])
def test_ties_cost_nobody_a_place_however_they_fall(instance, seed):
    expected, found = instance["expected"], accept(*cohort(instance), seed=seed)
    stable = all_stable(cohort(instance))
    assert len(stable) == expected["weakly_stable_count"]
    assert sorted({served(matching) for matching in stable}) == expected["weakly_stable_sizes"]
    assert found in expected["all_weakly_stable"]
    assert served(found) == expected["max_weakly_stable"]


@pytest.mark.parametrize("case", CHECKS, ids=lambda each: each["id"])
def test_what_blocks_and_what_is_no_matching_at_all(case):
    instance = cohort(BY_ID[case["instance"]])
    if case["valid"]:
        assert [list(pair) for pair in blocking_pairs(*instance, case["matching"])] == sorted(case["blocking_pairs"])
        assert blocks(instance, case["matching"]) == blocking_pairs(*instance, case["matching"])
    else:
        with pytest.raises(ValueError, match="'C' is given 3 peers; it has places for 2"):
            blocking_pairs(*instance, case["matching"])


@pytest.mark.parametrize("facts", PUBLISHED["generated"], ids=lambda each: each["id"])
def test_large_instances_come_out_to_the_letter(facts):
    names = ("seed", "n_peers", "n_specialists", "cap_min", "cap_max", "list_len")
    instance, expected = generated(*(facts[name] for name in names)), facts["expected"]
    found = accept(*instance)
    assert sum(instance.capacities.values()) == expected["total_capacity"]
    assert {peer: found[peer] for peer in expected["first_three"]} == expected["first_three"]
    assert served(found) == expected["matched"]
    assert canonical(found) == expected["sha256_peer_optimal"]


@pytest.mark.parametrize("case", PUBLISHED["assignment"], ids=lambda each: each["id"])
def test_the_batch_finds_the_published_optimum(case):
    cost = np.array(case["cost"], float)
    row, col = (index.ravel() for index in np.indices(cost.shape))
    given = assign(Edges(cost.shape[0], np.ones(cost.shape[1], int), row, col, -cost.ravel()))
    assert given.tolist() == case["expected"]["col_ind"]
    assert cost[np.arange(len(given)), given].sum() == case["expected"]["min_cost"]
