"""The short list of specialists for a peer, with reasons that use only facts that both sides allow to be told."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.matching import policy
from server.matching.candidate_columns import CandidateColumns
from server.matching.explanation import explained, may_not_have_lived
from server.matching.floor import LIVED, has_floor
from server.matching.phrases import few_lived
from server.matching.pruning import mixed
from server.matching.requester import Requester
from server.matching.score import Weighed, weigh
from sync.clock import DAY

AMONG = 64  # best candidates that are considered; ties are broken among them
RELAXED = ("gender", "age_bands", "topics", "hours", LIVED)


@dataclass(frozen=True, slots=True)
class Person:
    """A specialist on a short list."""

    user: str
    reasons: list[dict[str, Any]]
    limit: dict[str, Any]  # as the peer reads it
    offered: dict[str, Any]  # the limit as the specialist reads it in an offer

    def found(self) -> dict[str, Any]:
        """Return the person in the form that commands take."""
        return {"specialist": self.user, "reasons": self.reasons, "limit": self.limit, "offered": self.offered}


def shortlist(pool: CandidateColumns, requester: Requester, now: int) -> list[Person]:
    """Return the three to five best specialists; fewer, or none, if fewer are possible.

    Specialists who are available soon are preferred, as a list of people who cannot answer before tomorrow is of little
    use. If the peer widened beyond the floor, specialists above it are still preferred: widening adds people and
    displaces nobody. One list in five keeps a place for a specialist who has no peer yet.

    The score decides who is on the list, but not the order, because it uses facts that are not shown. Specialists above
    the floor come first; then the sooner available come first, and a hash breaks ties.
    """
    weighed = weigh(pool, requester, now)
    order = ordered(pool, weighed, requester, now)
    near = [row for row in order if weighed.soon[row] <= policy.NEAR]
    size = min(max(policy.SHORTEST, len(near)), policy.LONGEST)
    above = pool.above.total(requester.topics, len(pool)) > 0
    ranked = near + [row for row in order if weighed.soon[row] > policy.NEAR]
    chosen = sorted(ranked, key=lambda row: not above[row])[:size]
    newcomer = _newcomer(pool, order, chosen, requester)
    if newcomer is not None and above[newcomer] >= above[chosen[-1]]:
        chosen[-1] = newcomer
    day = now // DAY
    chosen.sort(key=lambda row: (not above[row], weighed.soon[row], _tie(requester.id, pool.users[row], day)))
    return [person(pool, weighed, requester, row, now) for row in chosen]


def first(pool: CandidateColumns, requester: Requester, now: int) -> Person | None:
    """Return the specialist who fits best now, or None."""
    weighed = weigh(pool, requester, now)
    order = ordered(pool, weighed, requester, now)
    return person(pool, weighed, requester, order[0], now) if order else None


def person(pool: CandidateColumns, weighed: Weighed, requester: Requester, row: int, now: int) -> Person:
    """Return the specialist of a row in the form that the peer and the asked specialist see."""
    data = pool.data[row]
    reasons, limit = explained(data, requester, float(weighed.shared[row]), float(weighed.soon[row]), now)
    return Person(pool.users[row], reasons, may_not_have_lived(data, requester) or limit, limit)


def ordered(pool: CandidateColumns, weighed: Weighed, requester: Requester, now: int) -> list[int]:
    """Return the rows of the best possible specialists, best first. A hash orders equal scores, so no name decides."""
    score = np.where(weighed.possible, weighed.pair + weighed.now, -np.inf)
    count = min(AMONG, int(weighed.possible.sum()))
    if count == 0:
        return []
    best = np.argpartition(-score, count - 1)[:count]
    least = score[best].min()
    day = now // DAY
    best = np.concatenate(
        [np.flatnonzero(score > least), _drawn(pool, np.flatnonzero(score == least), requester.id, day)]
    )
    return sorted(
        map(int, best), key=lambda row: (-round(float(score[row]), 6), _tie(requester.id, pool.users[row], day))
    )


def widening(
    pool: CandidateColumns, requester: Requester, now: int, enough: int = policy.SHORTEST
) -> dict[str, Any] | None:
    """Return the condition that would help most if it were dropped, and how many specialists that would add, or None.

    Prefers the smallest relaxation that makes ``enough`` specialists possible; if none does, the one that adds most.
    """
    here = int(weigh(pool, requester, now).possible.sum())
    adds = {name: _possible_without(pool, requester, name, now) - here for name in RELAXED if _asks(requester, name)}
    helping = {name: count for name, count in adds.items() if count > 0}
    if not helping:
        return None
    sufficient = [name for name, count in helping.items() if here + count >= enough]
    best = (
        min(sufficient, key=lambda name: helping[name]) if sufficient else max(helping, key=lambda name: helping[name])
    )
    return {"relax": best, "adds": helping[best], **(few_lived(here) if best == LIVED else {})}


def _possible_without(pool: CandidateColumns, requester: Requester, name: str, now: int) -> int:
    return int(weigh(pool, _relaxed(requester, name), now).possible.sum())


def _asks(requester: Requester, name: str) -> bool:
    if name == LIVED:
        return has_floor(requester.topics, requester.must)
    return not requester.asynchronous if name == "hours" else bool(requester.must.get(name))


def _relaxed(requester: Requester, name: str) -> Requester:
    if name == "hours":
        return replace(requester, asynchronous=True)
    if name == LIVED:
        return replace(requester, must={**requester.must, LIVED: False})
    return replace(requester, must={key: value for key, value in requester.must.items() if key != name})


def _newcomer(pool: CandidateColumns, order: list[int], chosen: list[int], requester: Requester) -> int | None:
    """Return the best newcomer (no peer yet) if this request is the one in five and no newcomer is on its list."""
    turn = int.from_bytes(sha256(requester.id.encode()).digest()[:4]) % policy.NEWCOMERS == 0
    if not turn or not chosen or any(_is_new(pool, row) for row in chosen):
        return None
    return next((row for row in order if row not in chosen and _is_new(pool, row)), None)


def _is_new(pool: CandidateColumns, row: int) -> bool:
    return not pool.data[row]["pairings"] and not pool.data[row].get("waits")


def _drawn(pool: CandidateColumns, equals: NDArray[np.intp], request: str, day: int) -> NDArray[np.intp]:
    """Return at most 4 * AMONG of equal rows, drawn by a hash of their users, as row numbers differ between workers."""
    if len(equals) <= 4 * AMONG:
        return equals
    lots = mixed(pool.lot.first(len(pool))[equals] ^ np.uint64(int.from_bytes(_tie(request, "", day)[:8])))
    return equals[np.argpartition(lots, 4 * AMONG - 1)[: 4 * AMONG]]


def _tie(request: str, user: str, day: int) -> bytes:
    return sha256(f"{request}|{user}|{day}".encode()).digest()
