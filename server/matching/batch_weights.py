"""The weights of all pairs of many requests and all specialists, for a batch."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from server.matching import fairness, policy
from server.matching.assign import Edges, Floats, Ints
from server.matching.candidate_columns import CandidateColumns
from server.matching.requester import Requester
from server.matching.score import weigh


class BatchWeights(NamedTuple):
    """The weights of all pairs, as arrays of requests x specialists."""

    scores: Floats  # -inf: the pair is impossible
    peers: Floats  # worth of each pair to the peer, 0 to 1
    specialists: Floats  # worth of each pair to the specialist, 0 to 1
    fits: NDArray[np.bool_]  # for each request: True if some specialist would be possible, given a free place


def weighed(
    pool: CandidateColumns, requesters: list[Requester], now: int, progress: Callable[[int], None] = lambda _: None
) -> BatchWeights:
    """Weigh every specialist for every request. Waiting, priority and scarcity raise all scores of a request equally.

    ``progress`` is called with the number of requests that are done.
    """
    shape = (len(requesters), len(pool))
    weights = BatchWeights(
        np.empty(shape), np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(len(requesters), np.bool_)
    )
    for row, requester in enumerate(requesters):
        one = weigh(pool, requester, now)
        possible = one.possible[: shape[1]]  # the pool may have grown since `shape` was read
        candidates = int(possible.sum())
        raised = min(policy.AGE * requester.waited, policy.AGE_MOST) + policy.PRIORITY * requester.priority
        raised += policy.SCARCE / (1 + candidates)
        weights.scores[row] = np.where(possible, (one.pair + one.now)[: shape[1]] + raised, -np.inf)
        weights.peers[row], weights.specialists[row] = one.peers[: shape[1]], one.specialists[: shape[1]]
        weights.fits[row] = one.fits.any()
        progress(row + 1)
    return weights


def measured(weights: BatchWeights, edges: Edges, given: Ints, groups: Sequence[str]) -> fairness.Report:
    """Measure a result by how well pairs fit. What raised all scores of a request, such as waiting, is left out."""
    peers, specialists = sides(weights, edges)
    fit = policy.PEERS_PART * peers + (1 - policy.PEERS_PART) * specialists
    report = fairness.report(replace(edges, score=fit), peers, specialists, given, groups)
    full = int((weights.fits & (np.bincount(edges.row, minlength=edges.peers) == 0)).sum())
    return replace(report, no_candidate=report.no_candidate - full, all_full=report.all_full + full)


def free(pool: CandidateColumns) -> Ints:
    """Return how many places each specialist has free."""
    count = len(pool)
    left: Ints = np.maximum(pool.places.first(count).astype(np.int64) - pool.taken.first(count), 0)
    return left


def sides(weights: BatchWeights, edges: Edges) -> tuple[Floats, Floats]:
    """Return the worth of each edge to the peer, and its worth to the specialist."""
    at = (edges.row, edges.col)
    return weights.peers[at].astype(np.float64), weights.specialists[at].astype(np.float64)
