"""Small cohorts, and a brute-force check of their matchings, which tries all possible ones."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from click.testing import CliRunner, Result
from hypothesis import strategies as st

from server.cli.cohort import group
from server.cli.tools import Tools
from server.store.database import Mongo
from tests.conftest import CONFIG, START

MASK = 2**64 - 1


class Cohort(NamedTuple):
    """The input of deferred acceptance."""

    peers: Mapping[str, Sequence[Any]]
    specialists: Mapping[str, Sequence[Any]]
    capacities: Mapping[str, int]


class SplitMix64:
    """The generator of Steele, Lea and Flood (2014), as the published instances are made with it."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, n: int) -> int:
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        z = self._state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) * n) >> 64

    def shuffled(self, items: Sequence[Any]) -> list[Any]:
        items = list(items)
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items


def generated(  # the order of draws is that of the published instances
    seed: int, n_peers: int, n_specialists: int, cap_min: int, cap_max: int, list_len: int
) -> Cohort:
    """Return a cohort without ties in which everybody who is listed lists back."""
    draw = SplitMix64(seed)
    width = len(str(max(n_peers, n_specialists) - 1))
    p, s = (partial("{}{:0{}}".format, letter) for letter in "ps")
    capacities = {s(i, width): cap_min + draw.below(cap_max - cap_min + 1) for i in range(n_specialists)}
    lists = [draw.shuffled(range(n_specialists))[:list_len] for _ in range(n_peers)]
    back = [draw.shuffled([i for i in range(n_peers) if who in lists[i]]) for who in range(n_specialists)]
    return Cohort(
        {p(i, width): [s(who, width) for who in wishes] for i, wishes in enumerate(lists)},
        {s(i, width): [p(peer, width) for peer in wishes] for i, wishes in enumerate(back)},
        capacities,
    )


@st.composite
def cohorts(draw: st.DrawFn, most_peers: int = 5, most_specialists: int = 3, *, ties: bool = True) -> Cohort:
    """Draw a cohort: short lists, some of them not returned, places from none to plenty."""
    peers = [f"p{i}" for i in range(draw(st.integers(1, most_peers)))]
    specialists = [f"s{i}" for i in range(draw(st.integers(1, most_specialists)))]
    return Cohort(
        {who: draw(_wishes(specialists, ties=ties)) for who in peers},
        {who: draw(_wishes(peers, ties=ties)) for who in specialists},
        {who: draw(st.integers(0, 3)) for who in specialists},
    )


@st.composite
def _wishes(draw: st.DrawFn, others: Sequence[str], *, ties: bool) -> list[Any]:
    order = draw(st.permutations(others))[: draw(st.integers(len(others) // 2, len(others)))]
    if not ties:
        return list(order)
    wishes: list[Any] = []
    for who in order:
        if wishes and draw(st.booleans()):
            wishes[-1] = [*wishes[-1], who] if isinstance(wishes[-1], list) else [wishes[-1], who]
        else:
            wishes.append(who)
    return wishes


def rank(wishes: Sequence[Any]) -> dict[str, int]:
    return {who: i for i, entry in enumerate(wishes) for who in ([entry] if isinstance(entry, str) else entry)}


def mutual(cohort: Cohort, peer: str) -> list[str]:
    lists = cohort.specialists
    return [who for who in rank(cohort.peers[peer]) if who in lists and peer in rank(lists[who])]


def all_valid(cohort: Cohort) -> Iterator[dict[str, str | None]]:
    """Give every matching that respects the lists of both sides and the places."""
    options = [[None, *mutual(cohort, peer)] for peer in cohort.peers]
    for chosen in itertools.product(*options):
        if all(chosen.count(who) <= places for who, places in cohort.capacities.items()):
            yield dict(zip(cohort.peers, chosen, strict=True))


def blocks(cohort: Cohort, matching: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Return the blocking pairs, computed literally from their definition."""
    found = []
    for peer, wishes in cohort.peers.items():
        for who in mutual(cohort, peer):
            mine, theirs = rank(wishes), rank(cohort.specialists[who])
            partner, has = matching[peer], [other for other, given in matching.items() if given == who]
            would = partner is None or mine[who] < mine[partner]
            free = len(has) < cohort.capacities[who]
            if would and (free or any(theirs[peer] < theirs[other] for other in has)):
                found.append((peer, who))
    return sorted(found)


def all_stable(cohort: Cohort) -> list[dict[str, str | None]]:
    return [matching for matching in all_valid(cohort) if not blocks(cohort, matching)]


def served(matching: Mapping[str, str | None]) -> int:
    return sum(who is not None for who in matching.values())


def most_served(cohort: Cohort) -> int:
    return max(map(served, all_valid(cohort)))


def invoked(*args: str) -> Result:
    """Run `flask cohort …`, which needs no database."""

    def no_database() -> Mongo:
        raise AssertionError

    return CliRunner().invoke(group(Tools(CONFIG, no_database, lambda: START)), list(args))
