"""How a batch came out, in numbers, in words and as a picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.matchers import greedy
from server.matching.assign import assign
from server.matching.fairness import Group, gini, report
from tests.matching.examples import tried
from tests.matching.graphs import edges, tables
from tests.matching.reports import TABLE, measured, reported

GRAPH = edges(TABLE, [1, 1, 2])


def test_who_is_served_and_why_the_others_are_not():
    found = measured([0, -1, -1, -1])
    assert (found.peers, found.served) == (4, 1)
    assert (found.no_candidate, found.all_full, found.passed_over) == (1, 1, 1)
    assert measured([1, 0, 2, -1]).passed_over == 0


def test_pairs_that_would_rather_have_each_other_are_counted():
    assert measured([0, -1, 1, -1]).blocking == 0
    assert measured([1, 0, 2, -1]).blocking == 2  # ann and the first, cem and the second
    assert measured([-1, -1, -1, -1]).blocking == 6
    assert measured([-1, -1, -1, -1], places=(0, 0, 2)).blocking == 1


def test_a_specialist_sees_pairs_in_its_own_way():
    assert measured([0, -1, 1, -1], by_specialist=-GRAPH.score).blocking == 2  # it would rather have bob, or cem
    assert measured([0, -1, 1, -1], by_specialist=np.zeros(6)).blocking == 0


@settings(max_examples=tried(200))
@given(tables(), st.data())
def test_the_count_of_blocking_pairs_is_that_of_the_definition(case, data):
    table, places = case
    graph = edges(table, places)
    views = st.lists(st.integers(0, 3), min_size=len(graph.row), max_size=len(graph.row))
    mine, theirs = (np.array(data.draw(views), float) for _ in range(2))
    given = data.draw(st.sampled_from([greedy(graph), assign(graph), np.full(len(table), -1)]))
    pairs = list(zip(graph.row.tolist(), graph.col.tolist(), strict=True))
    view, other = dict(zip(pairs, mine, strict=True)), dict(zip(pairs, theirs, strict=True))
    expected = 0
    for peer, who in pairs:
        has = [p for p, w in enumerate(given) if w == who]
        wants = given[peer] < 0 or view[peer, who] > view[peer, given[peer]]
        expected += wants and (len(has) < places[who] or any(other[peer, who] > other[p, who] for p in has))
    assert report(graph, mine, theirs, given, ["x"] * len(table)).blocking == expected


def test_scores_and_views_are_those_of_the_pairs_made():
    graph = edges(TABLE, [1, 1, 2])
    found = report(graph, graph.score + 1, graph.score, np.array([1, 0, 2, -1]), ["x"] * 4)
    assert found.scores.tolist() == [0.2, 0.8, 0.5]
    assert found.views.tolist() == [1.2, 1.8, 1.5]
    assert found.loads.tolist() == [1, 1, 0.5]
    assert found.load_gini == pytest.approx(gini(np.array([1, 1, 0.5])))


def test_specialists_without_places_are_no_part_of_the_load():
    assert measured([-1, -1, 2, -1], places=(0, 0, 1)).loads.tolist() == [1]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 1, 1, 1], 0), ([0, 0, 0, 1], 0.75), ([1, 3], 0.25), ([3, 1], 0.25), ([], 0), ([0, 0], 0)],
)
def test_gini_is_what_it_is_known_to_be(values, expected):
    assert gini(np.array(values, float)) == pytest.approx(expected)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any))
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    mean = sum(values) / len(values)
    difference = sum(abs(a - b) for a in values for b in values) / len(values) ** 2
    assert gini(np.array(values, float)) == pytest.approx(difference / (2 * mean))


def test_groups_of_ten_are_told_and_of_nine_are_not():
    assert reported(en=(30, 30), es=(10, 4)).groups == (Group("en", 30, 30), Group("es", 10, 4))
    found = reported(en=(30, 30), es=(20, 5), ar=(9, 1), fa=(8, 2))
    assert found.groups == (Group("en", 30, 30), Group("es", 20, 5), Group("others", 17, 3))


def test_a_single_small_group_cannot_be_worked_out_from_the_others():
    found = reported(en=(30, 30), es=(12, 5), ar=(2, 1))
    assert found.groups == (Group("en", 30, 30), Group("others", 14, 6))
    assert reported(en=(8, 3)).groups == ()
    assert reported(en=(8, 3), es=(7, 7)).groups == (Group("others", 15, 10),)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 25), min_size=1))
def test_however_people_are_grouped_nobody_is_lost_and_no_cell_is_small(sizes):
    found = reported(**{name: (people, people // 2) for name, people in sizes.items()}).groups
    assert all(group.people >= 10 for group in found)
    assert sum(group.people for group in found) == (sum(sizes.values()) if sum(sizes.values()) >= 10 else 0)
    assert sum(group.served for group in found) == (sum(n // 2 for n in sizes.values()) if found else 0)


@pytest.mark.parametrize(("given", "words"), [([2, -1, -1, -1], "no edge"), ([0, 0, -1, -1], "more peers than places")])
def test_a_result_that_cannot_be_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        measured(given)
