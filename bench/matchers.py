"""Ways to match a crowd, ours and others: each takes a crowd and returns the specialist of each peer, or -1."""

import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.waiting_people import Crowd
from server.matching.assign import Edges, assign
from server.matching.deferred import accept
from server.matching.pruning import pruned

Given = NDArray[np.intp]


def candidates(crowd: Crowd) -> Edges:
    """Return the candidates that a batch looks at."""
    return pruned(crowd.weights.scores, crowd.places)


def everybody(crowd: Crowd) -> Edges:
    """Return all pairs that are possible."""
    return pruned(crowd.weights.scores, crowd.places, best=len(crowd.places))


def greedy(edges: Edges) -> NDArray[np.intp]:
    """Return the specialist of each peer, or -1, if peers come in order and take the best one with a free place."""
    given, places = np.full(edges.peers, -1, np.intp), edges.places.copy()
    order = np.lexsort((edges.col, edges.row))
    row, col, score = edges.row[order], edges.col[order], edges.score[order]
    ends = np.searchsorted(row, np.arange(edges.peers + 1)).tolist()
    for peer, (start, end) in enumerate(pairwise(ends)):
        free = start + np.flatnonzero(places[col[start:end]] > 0)
        if len(free):
            given[peer] = col[free[score[free].argmax()]]
            places[given[peer]] -= 1
    return given


def _batch(crowd: Crowd) -> Given:
    return assign(candidates(crowd))


def _first_come(crowd: Crowd) -> Given:
    return greedy(everybody(crowd))


def _hungarian(crowd: Crowd) -> Given:
    wide = np.repeat(crowd.weights.scores.astype(np.float64), crowd.places, axis=1)
    possible = np.isfinite(wide)
    wide[~possible] = -1.0 * len(wide)
    row, column = linear_sum_assignment(wide, maximize=True)
    slots, given = np.repeat(np.arange(crowd.places.size), crowd.places), np.full(len(wide), -1)
    kept = possible[row, column]
    given[row[kept]] = slots[column[kept]]
    return given


def _ranked(crowd: Crowd) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int]]:
    """Return the preference lists of both sides, if they rank the candidates of the batch, and the places."""
    edges = candidates(crowd)
    peers: dict[str, list[str]] = {str(i): [] for i in range(edges.peers)}
    specialists: dict[str, list[str]] = {str(i): [] for i in range(crowd.places.size)}
    for own, table, lists, others in (
        (edges.row, crowd.weights.peers, peers, edges.col),
        (edges.col, crowd.weights.specialists, specialists, edges.row),
    ):
        for i in np.lexsort((others, -table[edges.row, edges.col], own)).tolist():
            lists[str(own[i])].append(str(others[i]))
    return peers, specialists, dict(zip(specialists, crowd.places.tolist(), strict=True))


def _deferred(rounds: int) -> Callable[[Crowd], Given]:
    def method(crowd: Crowd) -> Given:
        found = accept(*_ranked(crowd), rounds=rounds)
        return np.array([int(found[str(i)] or -1) for i in range(len(found))])

    return method


def _library(crowd: Crowd) -> Given:
    with warnings.catch_warnings():
        from matching.games import HospitalResident  # noqa: PLC0415 — its import changes the warning filters of the process

        warnings.simplefilter("ignore")
        peers, specialists, places = _ranked(crowd)
        known = {who: wishes for who, wishes in specialists.items() if wishes and places[who]}
        lists = {peer: [who for who in wishes if who in known] for peer, wishes in peers.items()}
        some = {peer: wishes for peer, wishes in lists.items() if wishes}
        sys.setrecursionlimit(10**9)  # the library copies all people recursively, along their lists
        threading.stack_size(2**30)
        with ThreadPoolExecutor() as deep:
            made = deep.submit(
                HospitalResident.create_from_dictionaries, some, known, {who: places[who] for who in known}
            )
            solved = made.result().solve()
        found = {peer.name: who.name for who, has in solved.items() for peer in has}
    return np.array([int(found.get(str(i), -1)) for i in range(len(peers))])


BATCH, OPTIMUM = "batch, 40 best + 24", "optimum, dense Hungarian"
METHODS: Mapping[str, Callable[[Crowd], Given]] = {
    BATCH: _batch,
    OPTIMUM: _hungarian,
    "first come, best score": _first_come,
    "deferred acceptance": _deferred(0),
    "the same, 1 promotion": _deferred(1),
    "the same, 3 promotions": _deferred(3),
    "PyPI matching": _library,
}
