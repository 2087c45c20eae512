"""Whole populations of made-up people: the same seed gives the same people, byte for byte.

Every population begins with the edge cases of `edge_cases.py`: a language with one specialist, a topic with none,
a hard condition that no specialist meets, no places, a specialist who leaves with eight places, two people whose clocks
change on different days, zones half and a quarter of an hour off, clocks that change by half an hour, a weekend of
Friday and Saturday, and names from right to left and in Chinese script. A population too small for all cases has the
first of them.

Each person is drawn from a random stream of their own: the first 1,000 people of 10,000 equal a population of 1,000.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import Any

from server.demo_data.edge_cases import PEERS, SPECIALISTS, set_in
from server.demo_data.people import Person, peer, specialist
from server.demo_data.tables import TEAM

VERSION = 1  # of the generator: another version gives other people for the same seed

PROFILES: Mapping[str, tuple[int, int]] = {
    "tiny": (12, 4),
    "demo": (120, 24),
    "load": (1_000, 200),
    "big": (10_000, 2_000),
}  # {name: (peers, specialists)}


@dataclass(frozen=True, slots=True)
class Population:
    """Made-up people, in the form of the commands' arguments."""

    seed: int
    peers: Sequence[Person]
    specialists: Sequence[Person]
    supervisors: Sequence[str]  # handles


def population(peers: int, specialists: int, seed: int) -> Population:
    """Return this many peers and specialists, and a supervisor for every twelve specialists."""
    return Population(
        seed,
        [_peer(seed, number) for number in range(1, peers + 1)],
        [_specialist(seed, number) for number in range(1, specialists + 1)],
        [_supervisor(number) for number in range(1, specialists + 1, TEAM)],
    )


def manifest(made: Population) -> dict[str, Any]:
    """Return how many people there are, and the SHA-256 of all of them as canonical JSON."""
    people = {"peers": made.peers, "specialists": made.specialists, "supervisors": made.supervisors}
    canonical = dumps(people, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    counts = {kind: len(some) for kind, some in people.items()}
    return {"version": VERSION, "seed": made.seed, **counts, "sha256": sha256(canonical.encode()).hexdigest()}


def _peer(seed: int, number: int) -> Person:
    drawn = peer(seed, number)
    set_in(drawn, _peers.get(number, {}))
    return drawn


def _specialist(seed: int, number: int) -> Person:
    drawn = specialist(seed, number, _supervisor(number))
    set_in(drawn, _specialists.get(number, {}))
    return drawn


def _supervisor(number: int) -> str:
    """Return the handle of a specialist's supervisor: twelve specialists in a row have the same one."""
    return f"synthetic-v-{(number - 1) // TEAM + 1:04}"


_peers, _specialists = dict(enumerate(PEERS.values(), 1)), dict(enumerate(SPECIALISTS.values(), 1))
