"""First come, first served: the comparison."""

import itertools

from hypothesis import given, settings

from bench.matchers import greedy
from tests.matching.examples import tried
from tests.matching.graphs import NOBODY, best, edges, is_possible, tables, worth


def test_first_come_takes_the_best_that_is_left():
    table = [[0.9, 0.8, NOBODY], [0.9, 0.1, NOBODY], [0.9, NOBODY, NOBODY]]
    assert greedy(edges(table, [1, 2, 1])).tolist() == [0, 1, -1]


@settings(max_examples=tried(200))
@given(tables())
def test_first_come_is_possible_never_better_and_leaves_nobody_beside_a_free_place(case):
    table, places = case
    found = greedy(edges(table, places))
    assert is_possible(table, places, found)
    served, total = best(table, places)
    count, sum_ = worth(table, found)
    assert (count, sum_) <= (served, total + 1e-9)
    for peer, who in itertools.product(range(len(table)), range(len(places))):
        free = list(found).count(who) < places[who]
        assert found[peer] >= 0 or not free or table[peer][who] == NOBODY
