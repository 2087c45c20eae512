"""How good and how fair the result of a batch is: measures of the whole, none of a single person.

Groups of fewer than 10 people are never reported separately. They are counted together, and if they are still fewer
than 10, the smallest of the other groups is added. Otherwise their numbers could be computed from those reported.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.matching.assign import Edges, Floats, Ints

SMALLEST_GROUP = 10  # people; no share is reported for fewer
OTHERS = "others"


@dataclass(frozen=True)
class Group:
    """People who have something in common, such as a first language, and how many of them were served."""

    name: str
    people: int
    served: int


@dataclass(frozen=True, eq=False)
class Report:
    """The measures of a result. `words.text` writes them as plain text, `plot.draw` draws them."""

    peers: int
    served: int
    no_candidate: int  # unserved peers for whom no specialist was possible
    all_full: int  # unserved peers whose possible specialists are all full
    passed_over: int  # peers who are unserved although a possible specialist has a free place
    blocking: int  # pairs in which both would rather have each other
    load_gini: float  # of load / places; 0: all are equally full, towards 1: few have all peers
    scores: Floats  # of the pairs made
    views: Floats  # worth of the same pairs to their peers
    loads: Floats  # load / places of each specialist who had places
    groups: tuple[Group, ...]  # largest first; empty if there are fewer than 10 people


def report(edges: Edges, by_peer: Floats, by_specialist: Floats, given: Ints, groups: Sequence[str]) -> Report:
    """Measure a result: `given` holds the specialist of each peer, or -1.

    `by_peer` and `by_specialist` are the worth of each edge to either side, and `groups` is the group of each peer.
    Raises ValueError for a pair without an edge, and for a specialist with more peers than places.
    """
    made = _made(edges, given)
    load = np.bincount(edges.col[made], minlength=len(edges.places))
    if (load > edges.places).any():
        raise ValueError("A specialist is given more peers than places.")
    unserved = given < 0
    possible = np.bincount(edges.row, minlength=edges.peers) > 0
    free = np.bincount(edges.row, (load < edges.places)[edges.col], minlength=edges.peers) > 0
    with_places = edges.places > 0
    loads = load[with_places] / edges.places[with_places]
    return Report(
        peers=edges.peers,
        served=len(made),
        no_candidate=int((unserved & ~possible).sum()),
        all_full=int((unserved & possible & ~free).sum()),
        passed_over=int((unserved & free).sum()),
        blocking=_blocking(edges, by_peer, by_specialist, made),
        load_gini=gini(loads),
        scores=edges.score[made],
        views=by_peer[made],
        loads=loads,
        groups=_told(groups, unserved),
    )


def gini(values: Floats) -> float:
    """Return the Gini coefficient of numbers that are 0 or more; 0.0 if there are none, or if all are 0."""
    total, count = float(values.sum()), len(values)
    if total == 0:
        return 0.0
    return float(2 * (np.arange(1, count + 1) * np.sort(values)).sum() / (count * total) - (count + 1) / count)


def _made(edges: Edges, given: Ints) -> NDArray[np.intp]:
    """Return the edges of the pairs made, in the order of the peers."""
    made = np.flatnonzero(given[edges.row] == edges.col)
    if len(made) < (given >= 0).sum():
        raise ValueError("A peer is given a specialist with whom it has no edge.")
    return made[np.argsort(edges.row[made])]


def _blocking(edges: Edges, by_peer: Floats, by_specialist: Floats, made: NDArray[np.intp]) -> int:
    mine, worst = np.full(edges.peers, -np.inf), np.full(len(edges.places), np.inf)
    mine[edges.row[made]] = by_peer[made]
    np.minimum.at(worst, edges.col[made], by_specialist[made])
    load = np.bincount(edges.col[made], minlength=len(edges.places))
    worst[load < edges.places] = -np.inf
    return int(((by_peer > mine[edges.row]) & (by_specialist > worst[edges.col])).sum())


def _told(groups: Sequence[str], unserved: NDArray[np.bool_]) -> tuple[Group, ...]:
    people = Counter(groups)
    served = Counter(group for group, without in zip(groups, unserved.tolist(), strict=True) if not without)
    told = [
        Group(name, count, served[name]) for name, count in sorted(people.items(), key=lambda item: (-item[1], item[0]))
    ]
    pooled = Group(OTHERS, 0, 0)
    while told and (told[-1].people < SMALLEST_GROUP or 0 < pooled.people < SMALLEST_GROUP):
        last = told.pop()
        pooled = Group(OTHERS, pooled.people + last.people, pooled.served + last.served)
    return (*told, pooled) if pooled.people >= SMALLEST_GROUP else tuple(told)
