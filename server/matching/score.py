"""Weigh all specialists for one request: first strict conditions, then a score of explainable parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.matching import policy
from server.matching.candidate_columns import CandidateColumns, Mask
from server.matching.columns import Named
from server.matching.floor import has_floor
from server.matching.hours import MONDAY, SLOT, SLOTS
from server.matching.requester import Requester
from server.matching.taxonomy import TOPICS

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The weights of all specialists for one request, one row each."""

    fits: Mask  # all strict conditions hold
    possible: Mask  # the specialist fits, and a place is free now
    peers: Numbers  # worth to the peer, 0 to 1
    specialists: Numbers  # worth to the specialist, 0 to 1
    now: Numbers  # added at the time of the decision: more if available soon, less if places are taken
    shared: Numbers  # hours a week in common
    soon: Numbers  # hours until the specialist is available

    @property
    def pair(self) -> Numbers:
        """The score of each pair, 0 to 1, without the part that depends on the time of the decision."""
        return policy.PEERS_PART * self.peers + (1 - policy.PEERS_PART) * self.specialists


def slot_of(now: int) -> int:
    """Return the slot of the week that a time in ms lies in; slot 0 begins on Monday at 00:00 UTC."""
    return (now - MONDAY) // SLOT % SLOTS


def weigh(pool: CandidateColumns, requester: Requester, now: int) -> Weighed:
    """Weigh all specialists for a request at a time in ms."""
    count = len(pool)
    shared, soon = pool.shared(requester.hours), pool.soon(slot_of(now))
    language = _language(pool, requester)
    hours = np.minimum(shared / policy.ENOUGH, 1.0)
    peers = (
        policy.PEER["lived"] * _lived(pool, requester)
        + policy.PEER["hours"] * hours
        + policy.PEER["language"] * language
        + policy.PEER["gender"] * _person(pool, requester)
        + policy.PEER["identity"] * _identity(pool, requester)
        + policy.PEER["style"] * _wished(pool.style, [requester.wishes.get("style")], count)
    )
    specialists = (
        policy.SPECIALIST["comfort"] * _comfort(pool, requester)
        + policy.SPECIALIST["hours"] * hours
        + policy.SPECIALIST["language"] * language
        + policy.SPECIALIST["own"] * _own(pool, requester)
    )
    fits = _allowed(pool, requester) & (language > 0) & _common(pool, requester, shared)
    load = pool.taken.first(count) / np.maximum(pool.places.first(count), 1)
    at_once = policy.SOON * np.exp(-soon / policy.SOON_HOURS) - policy.LOAD * load
    return Weighed(fits, fits & pool.room(now), peers, specialists, at_once, shared, soon)


def _allowed(pool: CandidateColumns, requester: Requester) -> Mask:
    """Return True if neither side rules out the other: topics, gender, age, lived experience, minors, exclusions."""
    count = len(pool)
    allowed: Mask = pool.avoid.total(requester.topics, count) == 0
    if has_floor(requester.topics, requester.must):
        allowed &= pool.above.total(requester.topics, count) > 0
    allowed &= pool.apart.total(requester.apart, count) == 0
    if requester.minor:
        allowed &= pool.minors.first(count)
    if requester.must.get("gender"):
        allowed &= pool.gender.first(requester.must["gender"], count) > 0
    if requester.must.get("age_bands"):
        allowed &= pool.age.total(requester.must["age_bands"], count) > 0
    for topic in requester.must.get("topics", ()):
        allowed &= pool.lived.first(topic, count) > 0
    allowed[[pool.rows[user] for user in requester.excluded if user in pool.rows]] = False
    return allowed


def _common(pool: CandidateColumns, requester: Requester, shared: Numbers) -> Mask:
    """Return True for specialists with enough hours in common, or if both sides are asynchronous."""
    enough: Mask = shared >= policy.LEAST
    return enough | pool.asynchronous.first(len(pool)) if requester.asynchronous else enough


def _language(pool: CandidateColumns, requester: Requester) -> Numbers:
    """Return the level, 0 to 1, of the best common language; the weaker of the two speakers counts."""
    best = np.zeros(len(pool))
    for language, level in requester.languages.items():
        best = np.maximum(best, np.minimum(pool.level.first(language, len(pool)), level) / 3)
    return best


def _lived(pool: CandidateColumns, requester: Requester) -> Numbers:
    """Return how much of the topics each specialist has lived through; a topic of the same family counts a quarter."""
    count, total = len(pool), np.zeros(len(pool))
    for topic, weight in requester.topics.items():
        near = pool.family.first(TOPICS[topic].family, count) if topic in TOPICS else np.zeros(count)
        total += weight * np.maximum(pool.depth.first(topic, count), policy.FAMILY * near)
    return total / max(sum(requester.topics.values()), 1)


def _comfort(pool: CandidateColumns, requester: Requester) -> Numbers:
    total = np.zeros(len(pool))
    for topic, weight in requester.topics.items():
        total += weight * pool.comfort.first(topic, len(pool))
    return total / max(sum(requester.topics.values()), 1)


def _identity(pool: CandidateColumns, requester: Requester) -> Numbers:
    """Return the share of the wished identities that each specialist has; 1 if the peer wished for none."""
    asked = requester.wishes.get("identities") or ()
    had: Numbers = pool.identity.total(asked, len(pool)) / max(len(asked), 1)
    return had if asked else np.ones(len(pool))


def _own(pool: CandidateColumns, requester: Requester) -> Numbers:
    """Return 1 for specialists who have no wish about the peer's age, or whose wish the peer meets."""
    count = len(pool)
    met = pool.listens.first(requester.age_band or "", count) > 0
    return np.where(met | ~pool.choosy.first(count), 1.0, 0.0)


def _person(pool: CandidateColumns, requester: Requester) -> Numbers:
    """Return 1 for specialists of the gender and the age that the peer wished for, otherwise 0."""
    count = len(pool)
    gender = _wished(pool.gender, [requester.wishes.get("gender")], count)
    return np.minimum(gender, _wished(pool.age, requester.wishes.get("age_bands") or [None], count))


def _wished(column: Named, wishes: Sequence[str | None], count: int) -> Numbers:
    """Return 1 for specialists who have one of the wished values, or for all if nothing was wished."""
    names = [wish for wish in wishes if wish]
    return (column.total(names, count) > 0).astype(np.float64) if names else np.ones(count)
