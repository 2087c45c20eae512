"""Batch assignment, judged by all assignments there are and by the dense solver of SciPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from bench.matchers import greedy
from server.matching.assign import Edges, assign
from tests.matching.examples import tried
from tests.matching.graphs import NOBODY, best, edges, is_possible, random_table, tables, worth


def dense(table, places) -> tuple[int, float]:
    """Return what the dense solver finds, with places as columns and a price on impossible pairs."""
    wide = np.repeat(np.array(table), places, axis=1)
    possible = np.isfinite(wide)
    gain = np.where(possible, wide - np.where(possible, wide, 0).min(initial=0), -1e6)
    row, col = linear_sum_assignment(gain, maximize=True)
    kept = possible[row, col]
    return int(kept.sum()), float(wide[row, col][kept].sum())


@settings(max_examples=tried(400))
@given(tables())
def test_as_many_as_can_be_are_served_and_then_the_total_is_the_largest(case):
    table, places = case
    found = assign(edges(table, places))
    assert is_possible(table, places, found)
    assert worth(table, found) == (best(table, places)[0], pytest.approx(best(table, places)[1], abs=1e-9))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("share", "most_places"), [(0.05, 4), (0.3, 5), (0.3, 12), (1.0, 8)])
def test_it_is_as_good_as_the_dense_solver(seed, share, most_places):
    table, places = random_table(seed, 60, 15, share, most_places)
    found = assign(edges(table, places))
    assert is_possible(table, places, found)
    assert worth(table, found) == (dense(table, places)[0], pytest.approx(dense(table, places)[1], abs=1e-9))


def test_one_more_served_is_worth_more_than_any_score():
    table = [[1000.0, 0.0], [999.0, NOBODY]]
    assert assign(edges(table, [1, 1])).tolist() == [1, 0]


def test_nobody_is_left_out_though_all_others_must_give_up_their_best():
    shifted = [[1.0 if who == peer else 0.0 if who == peer + 1 else NOBODY for who in range(9)] for peer in range(8)]
    table = [*shifted, [0.0, *[NOBODY] * 8]]
    assert assign(edges(table, [1] * 9)).tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 0]


def test_scores_of_zero_and_below_are_no_reason_to_leave_somebody_out():
    assert assign(edges([[0.0, -5.0], [0.0, NOBODY]], [1, 1])).tolist() == [1, 0]


def test_who_has_no_candidate_is_left_out_and_no_error():
    assert assign(edges([[NOBODY], [0.5], [0.4]], [1])).tolist() == [-1, 0, -1]
    assert assign(edges([[0.5], [0.4]], [0])).tolist() == [-1, -1]
    assert assign(edges([[NOBODY]], [3])).tolist() == [-1]
    assert assign(edges(np.zeros((0, 2)), [1, 1])).tolist() == []
    assert assign(edges(np.zeros((2, 0)), [])).tolist() == [-1, -1]


def test_places_for_millions_cost_no_more_than_places_for_all():
    assert assign(edges([[0.5, 0.6], [0.4, 0.7]], [2**40, 1])).tolist() == [0, 1]


@settings(max_examples=tried(200))
@given(tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_edges_does_not_matter(case, chance):
    graph = edges(*case)
    order = chance.sample(range(len(graph.row)), len(graph.row))
    mixed = Edges(graph.peers, graph.places, graph.row[order], graph.col[order], graph.score[order])
    assert assign(mixed).tolist() == assign(graph).tolist()
    assert greedy(mixed).tolist() == greedy(graph).tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"row": np.array([0, 2])}, "peer or a specialist who is not there"),
        ({"col": np.array([0, -1])}, "peer or a specialist who is not there"),
        ({"col": np.array([0, 2])}, "peer or a specialist who is not there"),
        ({"score": np.array([0.5, np.nan])}, "not a finite number"),
        ({"score": np.array([0.5, -np.inf])}, "not a finite number"),
        ({"score": np.array([0.5])}, "same length"),
        ({"places": np.array([1, -1])}, "less than no places"),
        ({"row": np.array([1, 1]), "col": np.array([1, 1])}, "two edges between the same"),
    ],
)
def test_edges_that_make_no_sense_are_refused(change, words):
    good = {"row": np.array([0, 1]), "col": np.array([0, 1]), "score": np.array([0.5, 0.5]), "places": np.array([1, 1])}
    Edges(peers=2, **good)
    with pytest.raises(ValueError, match=words):
        Edges(peers=2, **{**good, **change})
