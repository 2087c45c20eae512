"""Which candidates are kept for a batch."""

import numpy as np
import pytest

from server.matching.assign import assign
from server.matching.pruning import CHUNK, pruned
from tests.matching.graphs import NOBODY, edges, random_table, worth


def kept(scores, places, **how) -> np.ndarray:
    """Return where edges are, as a table."""
    graph = pruned(scores, np.asarray(places), **how)
    table = np.zeros(scores.shape, bool)
    table[graph.row, graph.col] = True
    assert table.sum() == len(graph.row)
    assert (graph.score == scores[graph.row, graph.col]).all()
    return table


def test_the_best_are_kept_and_as_many_others():
    table, _ = random_table(1, 50, 30, 0.8, 1)
    where = kept(table, np.ones(30, int), best=5, others=4)
    ranks = (-table).argsort(axis=1).argsort(axis=1)
    assert where[np.isfinite(table) & (ranks < 5)].all()
    assert (where.sum(axis=1) == np.minimum(9, np.isfinite(table).sum(axis=1))).all()
    assert not where[~np.isfinite(table)].any()


def test_others_come_from_everywhere():
    table = np.tile(np.arange(100.0), (400, 1))
    where = kept(table, np.ones(100, int), best=10, others=10)[:, :90]
    assert (where.sum(axis=1) == 10).all()
    assert where.sum(axis=0).min() > 15  # 44 expected
    assert where.sum(axis=0).max() < 90


def test_equals_are_drawn_and_not_taken_in_order():
    where = kept(np.ones((400, 100)), np.ones(100, int), best=10, others=0)
    assert (where.sum(axis=1) == 10).all()
    assert where.sum(axis=0).min() > 15  # 40 expected
    assert where.sum(axis=0).max() < 80


def test_who_has_no_places_takes_no_others_room():
    table = np.tile(np.arange(20.0), (3, 1))
    places = np.ones(20, int)
    places[15:] = 0
    assert kept(table, places, best=3, others=0)[:, 12:15].all()
    assert not kept(table, places, best=30)[:, 15:].any()


def test_the_seed_decides_and_nothing_else():
    table, places = random_table(2, CHUNK + 20, 40, 0.9, 3)
    how = {"best": 6, "others": 6}
    assert (kept(table, places, **how, seed=1) == kept(table, places, **how, seed=1)).all()
    assert (kept(table, places, **how, seed=1) != kept(table, places, **how, seed=2)).any()
    assert (kept(table, places, **how, seed=-1) == kept(table, places, **how, seed=2**64 - 1)).all()
    assert (kept(table[:5], places, **how, seed=1) == kept(table, places, **how, seed=1)[:5]).all()


def test_each_peer_has_others_of_its_own():
    where = kept(np.zeros((CHUNK + 30, 40)), np.ones(40, int), best=0, others=6)
    assert len({row.tobytes() for row in where}) == CHUNK + 30


def test_the_others_are_those_they_always_were():
    where = kept(np.zeros((2, 12)), np.ones(12, int), best=0, others=4, seed=2026)
    assert [np.flatnonzero(row).tolist() for row in where] == [[2, 7, 10, 11], [0, 6, 7, 10]]


@pytest.mark.parametrize("seed", range(10))
def test_with_all_candidates_it_is_the_optimum_and_with_some_others_nearly(seed):
    table, places = random_table(seed, 300, 60, 0.5, 9)
    full = worth(table, assign(edges(table, places)))
    assert worth(table, assign(pruned(table, places, best=60))) == pytest.approx(full)
    assert worth(table, assign(pruned(table, places, best=59, others=1))) == pytest.approx(full)
    count, total = worth(table, assign(pruned(table, places, best=10, others=8)))
    assert full[0] * 0.99 <= count <= full[0]
    assert total >= full[1] * 0.98


def test_a_cohort_of_nobody_has_no_edges():
    assert len(pruned(np.zeros((0, 3)), np.ones(3, int)).row) == 0
    assert len(pruned(np.zeros((3, 0)), np.ones(0, int)).row) == 0
    assert len(pruned(np.full((3, 2), NOBODY), np.ones(2, int)).row) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_score_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="not a number"):
        pruned(np.array([[0.5, bad]]), np.ones(2, int))
