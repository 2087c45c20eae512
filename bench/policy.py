"""The matching policy over time: peers ask, specialists answer on their shifts, pairings end and free their places.

The people are those of the demo data. Time is simulated, so nothing here depends on the machine. A peer without a list
asks again every hour, and gives up when the patience of their request is over. The cost and the gain of the floor are
measured by comparing it with no floor and with other rules.
"""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import log
from typing import Any, NamedTuple

import numpy as np

from bench.report import Result, Sample, medians, percentile
from bench.waiting_people import NOW, Person, listens, looks
from server.demo_data import population
from server.demo_data.random_numbers import SplitMix64
from server.matching.candidate_columns import CandidateColumns
from server.matching.floor import LIVED, topics_above
from server.matching.hours import Hours, on_shift_deadline
from server.matching.requester import Requester, hours_of
from server.matching.score import weigh
from server.matching.shortlist import first, shortlist
from server.matching.taxonomy import TOPICS
from sync.clock import DAY, HOUR

SPECIALISTS = 200
RATIOS = (0.8, 1.3)  # demand / capacity: places asked for, divided by places that become free
WARM_UP, MEASURED = 30 * DAY, 35 * DAY  # ms
TOGETHER = 30 * DAY  # ms that a pairing lasts on average
LOOKS_AFTER = 2 * HOUR  # ms until a peer chooses from a list, on average
ANSWERS_AFTER = 2.3 * HOUR  # ms of their own hours until a specialist answers, on average: one offer in six expires
ON_SHIFT, AT_MOST = 4 * HOUR, DAY  # ms that an offer is open, as in server/commands/matching/offer.py
ACCEPTED = 0.85  # of the offers that are answered
TASTE = 0.1  # standard deviation of what only the peer can see; the computed worth is from 0 to 1
COLUMNS = (
    "demand, floor", "offers without the topic %", "nor its family %", "nothing in common %", "paired %",
    "wait median h", "p90 h", "worth to peers",
)  # fmt: skip

Facts = Mapping[str, Mapping[str, Any]]
Above = Callable[[Facts, Mapping[str, Any]], set[str]]


class Floor(NamedTuple):
    """A rule that is tried: the topics for which a specialist is above the floor, and the peers who widen."""

    above: Above
    widen: float = 0.0  # share of the peers who widen when they are told that nobody is above the floor
    by_itself: bool = False  # a request without a list is widened when half of its patience is over


def _lived(facts: Facts, _: Mapping[str, Any] | None = None) -> set[str]:
    return {fact["topic"] for fact in facts.values() if fact["kind"] == LIVED}


def _with_family(facts: Facts, _: Mapping[str, Any] | None = None) -> set[str]:
    return topics_above(facts, {})


def _everybody(_: Facts, __: Mapping[str, Any]) -> set[str]:
    return set(TOPICS)


def _shown(facts: Facts, _: Mapping[str, Any]) -> set[str]:
    return topics_above({name: fact for name, fact in facts.items() if fact["tier"] == "profile"}, {})


FLOORS = {
    "no floor (before)": Floor(_everybody),
    "only shown facts": Floor(_shown),
    "the topic": Floor(_lived),
    "or its family": Floor(_with_family),
    "or listens well": Floor(topics_above),
    "..., half of the peers widen": Floor(topics_above, widen=0.5),
    "..., all widen": Floor(topics_above, widen=1.0),
    "..., widened by itself": Floor(topics_above, by_itself=True),
}


@dataclass
class Waiting:
    """A request, and what became of it."""

    looking: Requester
    chooses: bool
    opened: int  # ms
    until: int  # ms: the end of its patience
    widens: bool
    asked: set[str] = field(default_factory=set)  # specialists who declined, or did not answer
    wait: float | None = None  # hours until it was paired


class Town:
    """Specialists and peers over time, under one floor."""

    def __init__(self, floor: Floor, ratio: float, seed: int) -> None:
        made = population(1, SPECIALISTS, seed)
        self._floor, self._pool, self._dice = floor, CandidateColumns(), SplitMix64.of(seed, "policy")
        self._practices, self._hours = [one["practice"] for one in made.specialists], list[Hours]()
        self._facts = [listens(one)["facts"] for one in made.specialists]
        for row, one in enumerate(made.specialists):
            known = listens(one)
            usable = {name: fact for name, fact in known["facts"].items() if fact["tier"] != "private"}
            known = {**known, "facts": usable, "paused_until": 10 * NOW if one["paused"] else 0}
            known["credential"] = {**known["credential"], "until": 10 * NOW}
            self._pool.put(one["handle"], known, NOW)
            self._pool.above.put(row, dict.fromkeys(floor.above(usable, one["practice"]), 1))
            hours = hours_of(one["availability"])
            self._hours.append(hours or Hours("UTC", (), {}))
            self._facts[row] = usable
        places = float((self._pool.places.first(SPECIALISTS) * self._pool.room(NOW)).sum())
        self._every = TOGETHER / (ratio * places)  # ms between two requests
        self._events: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self.requests, self.offers = list[Waiting](), list[tuple[bool, bool, bool, float]]()

    def run(self, seed: int) -> Sample:
        """Let time pass; measure the requests and offers after the warm-up."""
        end, count = NOW + WARM_UP + MEASURED, int(1.3 * (WARM_UP + MEASURED) / self._every)
        peers, at = population(count, 1, seed).peers, float(NOW)
        for person in peers:
            at += self._drawn(self._every)
            if at < end:
                self._at(int(at), self._open, person)
        while self._events and self._events[0][0] < end:
            now, _, act, args = heapq.heappop(self._events)
            act(now, *args)
        begun = [one for one in self.requests if one.opened >= NOW + WARM_UP and one.until <= end]
        waits = [one.wait for one in begun if one.wait is not None]
        told = np.array(self.offers)
        return {
            "topic": 100 * float(1 - told[:, 0].mean()),
            "family": 100 * float(1 - told[:, 1].mean()),
            "nothing": 100 * float(1 - told[:, 2].mean()),
            "paired": 100 * len(waits) / len(begun),
            "median": percentile(waits, 50),
            "p90": percentile(waits, 90),
            "worth": float(told[:, 3].mean()),
            "requests": len(begun),
        }

    def _at(self, when: int, act: Callable[..., None], *args: Any) -> None:
        heapq.heappush(self._events, (when, len(self._events) + self._dice.below(1 << 40), act, args))

    def _drawn(self, mean: float) -> float:
        return -mean * log(self._dice.unit())

    def _open(self, now: int, person: Person) -> None:
        looking = looks(person)
        until = now + person["request"]["patience_hours"] * HOUR
        chooses, widens = person["request"]["mode"] == "choose", self._dice.chance(self._floor.widen)
        self.requests.append(Waiting(looking, chooses, now, until, widens))
        self._serve(now, self.requests[-1])

    def _serve(self, now: int, one: Waiting) -> None:
        if now >= one.until:
            return
        found = self._found(now, one)
        half = self._floor.by_itself and now - one.opened >= (one.until - one.opened) / 2
        if not found and (one.widens or half) and one.looking.must.get(LIVED, True):
            one.looking = replace(one.looking, must={**one.looking.must, LIVED: False})
            found = self._found(now, one)
        if not found:
            self._at(now + HOUR, self._serve, one)
        elif one.chooses:
            self._at(now + int(self._drawn(LOOKS_AFTER)), self._choose, one, found)
        else:
            self._ask(now, one, found[0])

    def _found(self, now: int, one: Waiting) -> list[int]:
        looking = replace(one.looking, excluded=frozenset(one.asked))
        if one.chooses:
            return [self._pool.rows[person.user] for person in shortlist(self._pool, looking, now)]
        best = first(self._pool, looking, now)
        return [] if best is None else [self._pool.rows[best.user]]

    def _choose(self, now: int, one: Waiting, found: list[int]) -> None:
        """Choose the specialist with the highest computed worth plus a random part that only the peer sees."""
        weighed = weigh(self._pool, one.looking, now)
        row = max(found, key=lambda row: weighed.peers[row] + TASTE * self._dice.normal())
        if now < one.until and weighed.possible[row]:
            self._ask(now, one, row)
        else:
            self._serve(now, one)

    def _ask(self, now: int, one: Waiting, row: int) -> None:
        self._take(row, 1)
        if now >= NOW + WARM_UP:
            topics, facts = one.looking.topics.keys(), self._facts[row]
            common = [
                not topics.isdisjoint(rule(facts, self._practices[row]))
                for rule in (_lived, _with_family, topics_above)
            ]
            self.offers.append((*common, float(weigh(self._pool, one.looking, now).peers[row])))
        if self._practices[row]["standing_yes"]:
            self._pair(now, one, row)
            return
        due = on_shift_deadline(self._hours[row], now, ON_SHIFT, AT_MOST)
        answered = on_shift_deadline(self._hours[row], now, int(self._drawn(ANSWERS_AFTER)), AT_MOST)
        accepted = answered < due and self._dice.chance(ACCEPTED)
        self._at(min(answered, due), self._pair if accepted else self._refuse, one, row)

    def _pair(self, now: int, one: Waiting, row: int) -> None:
        one.wait = (now - one.opened) / HOUR
        self._at(now + int(self._drawn(TOGETHER)), self._part, row)

    def _part(self, _: int, row: int) -> None:
        self._take(row, -1)

    def _refuse(self, now: int, one: Waiting, row: int) -> None:
        self._take(row, -1)
        one.asked.add(self._pool.users[row])
        self._serve(now, one)

    def _take(self, row: int, places: int) -> None:
        self._pool.taken.put(row, int(self._pool.taken.first(SPECIALISTS)[row]) + places)


def run(repeats: int) -> Result:
    """Let the same people meet under each floor; each repeat has people of its own."""
    samples = {
        f"{ratio}, {name}": [Town(floor, ratio, seed).run(seed) for seed in range(repeats)]
        for ratio in RATIOS
        for name, floor in FLOORS.items()
    }
    rows: list[list[str | float]] = [[name, *list(medians(found).values())[:7]] for name, found in samples.items()]
    return Result("the matching policy over time: 35 days, 200 specialists, after 30 days", COLUMNS, rows, samples)
