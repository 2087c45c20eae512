"""The few people whom a peer is shown, and why: only from what both sides let be told."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.matching import policy
from server.matching.candidate_columns import Pool
from server.matching.explanation import explained
from server.matching.pruning import mixed
from server.matching.requester import Seeker
from server.matching.score import Weighed, weigh

AMONG = 64  # best candidates among whom ties are broken
RELAXED = ("gender", "age_bands", "topics", "hours")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a short list."""

    user: str
    reasons: list[dict[str, Any]]
    limit: dict[str, Any]

    def found(self) -> dict[str, Any]:
        """Return the person as commands take it."""
        return {"specialist": self.user, "reasons": self.reasons, "limit": self.limit}


def shortlist(pool: Pool, seeker: Seeker, now: int) -> list[Person]:
    """Return three to five people, best first; fewer if there are no more, and none if there is nobody.

    Those who are there soon come first: a list of people who cannot answer before tomorrow costs more than it gives.
    One list in five has a place for somebody who has nobody yet.
    """
    weighed = weigh(pool, seeker, now)
    order = ordered(pool, weighed, seeker, now)
    near = [row for row in order if weighed.soon[row] <= policy.NEAR]
    size = min(max(policy.SHORTEST, len(near)), policy.LONGEST)
    chosen = (near + [row for row in order if weighed.soon[row] > policy.NEAR])[:size]
    newcomer = _newcomer(pool, order, chosen, seeker)
    if newcomer is not None:
        chosen[-1] = newcomer
    return [person(pool, weighed, seeker, row, now) for row in chosen]


def first(pool: Pool, seeker: Seeker, now: int) -> Person | None:
    """Return the one who fits best now, or nobody."""
    weighed = weigh(pool, seeker, now)
    order = ordered(pool, weighed, seeker, now)
    return person(pool, weighed, seeker, order[0], now) if order else None


def person(pool: Pool, weighed: Weighed, seeker: Seeker, row: int, now: int) -> Person:
    """Return a row as it is shown to the peer, and to the one who is asked."""
    reasons, limit = explained(pool.data[row], seeker, float(weighed.shared[row]), float(weighed.soon[row]), now)
    return Person(pool.users[row], reasons, limit)


def ordered(pool: Pool, weighed: Weighed, seeker: Seeker, now: int) -> list[int]:
    """Return the rows of those who are possible, best first. Equals are put in an order that no name decides."""
    score = np.where(weighed.possible, weighed.pair + weighed.now, -np.inf)
    count = min(AMONG, int(weighed.possible.sum()))
    if count == 0:
        return []
    best = np.argpartition(-score, count - 1)[:count]
    least = score[best].min()
    day = now // 86_400_000
    best = np.concatenate([np.flatnonzero(score > least), _drawn(pool, np.flatnonzero(score == least), seeker.id, day)])
    return sorted(map(int, best), key=lambda row: (-round(float(score[row]), 6), _tie(seeker.id, pool.users[row], day)))


def widening(pool: Pool, seeker: Seeker, now: int, enough: int = policy.SHORTEST) -> dict[str, Any] | None:
    """Return which must would help most as a wish, and how many more people there would be; None: none would.

    The smallest step that is enough comes first; among steps that are not, the one that adds most.
    """
    here = int(weigh(pool, seeker, now).possible.sum())
    adds = {name: _possible_without(pool, seeker, name, now) - here for name in RELAXED if _asks(seeker, name)}
    helping = {name: count for name, count in adds.items() if count > 0}
    if not helping:
        return None
    sufficient = [name for name, count in helping.items() if here + count >= enough]
    best = (
        min(sufficient, key=lambda name: helping[name]) if sufficient else max(helping, key=lambda name: helping[name])
    )
    return {"relax": best, "adds": helping[best]}


def _possible_without(pool: Pool, seeker: Seeker, name: str, now: int) -> int:
    return int(weigh(pool, _relaxed(seeker, name), now).possible.sum())


def _asks(seeker: Seeker, name: str) -> bool:
    return not seeker.asynchronous if name == "hours" else bool(seeker.must.get(name))


def _relaxed(seeker: Seeker, name: str) -> Seeker:
    if name == "hours":
        return replace(seeker, asynchronous=True)
    return replace(seeker, must={key: value for key, value in seeker.must.items() if key != name})


def _newcomer(pool: Pool, order: list[int], chosen: list[int], seeker: Seeker) -> int | None:
    """Return the best one who has nobody yet, if it is their turn and they would not be on the list."""
    turn = int.from_bytes(sha256(seeker.id.encode()).digest()[:4]) % policy.NEWCOMERS == 0
    if not turn or not chosen or any(_is_new(pool, row) for row in chosen):
        return None
    return next((row for row in order if row not in chosen and _is_new(pool, row)), None)


def _is_new(pool: Pool, row: int) -> bool:
    return not pool.data[row]["pairings"] and not pool.data[row].get("waits")


def _drawn(pool: Pool, equals: NDArray[np.intp], request: str, day: int) -> NDArray[np.intp]:
    """Return some of many equals, drawn by a hash of who they are: not by the row that a worker has put them in."""
    if len(equals) <= 4 * AMONG:
        return equals
    lots = mixed(pool.lot.first(len(pool))[equals] ^ np.uint64(int.from_bytes(_tie(request, "", day)[:8])))
    return equals[np.argpartition(lots, 4 * AMONG - 1)[: 4 * AMONG]]


def _tie(request: str, user: str, day: int) -> bytes:
    return sha256(f"{request}|{user}|{day}".encode()).digest()
