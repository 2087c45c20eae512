"""Small graphs of who fits whom, and what an assignment is worth."""

import itertools

import numpy as np
from hypothesis import strategies as st

from server.matching.assign import Edges

NOBODY = -np.inf


def edges(scores, places) -> Edges:
    """Return the edges of a table of peers x specialists, -inf where a pair is impossible."""
    table = np.array(scores, float).reshape(len(scores), len(places))
    row, col = np.nonzero(np.isfinite(table))
    return Edges(len(table), np.array(places, int), row, col, table[row, col])


def worth(table, given) -> tuple[int, float]:
    """Return how many are served, and the total score; checks nothing."""
    served = [(peer, who) for peer, who in enumerate(given) if who >= 0]
    return len(served), float(sum(table[peer][who] for peer, who in served))


def best(table, places) -> tuple[int, float]:
    """Return the best (served, total score) of all possible assignments."""
    tried = itertools.product(range(-1, len(places)), repeat=len(table))
    return max(worth(table, given) for given in tried if is_possible(table, places, given))


def is_possible(table, places, given) -> bool:
    allowed = all(who < 0 or table[peer][who] > NOBODY for peer, who in enumerate(given))
    return allowed and all(list(given).count(who) <= count for who, count in enumerate(places))


scores = st.one_of(st.just(NOBODY), st.integers(-3, 3).map(float), st.floats(-10, 10))


@st.composite
def tables(draw, most_peers=4, most_specialists=3):
    places = draw(st.lists(st.integers(0, 3), min_size=1, max_size=most_specialists))
    row = st.lists(scores, min_size=len(places), max_size=len(places))
    return draw(st.lists(row, min_size=1, max_size=most_peers)), places


def random_table(seed, peers, specialists, share, most_places):
    chance = np.random.default_rng(seed)
    table = np.where(chance.random((peers, specialists)) < share, chance.random((peers, specialists)), NOBODY)
    return table, chance.integers(0, most_places + 1, specialists)
