"""What a phone is missing, worked out from numbers alone: its positions, its spaces, and where each space stands."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Vector = dict[str, int]  # {space: seq} — the last seq a phone has of each space


class Extent(NamedTuple):
    """Where a space stands."""

    head: int = 0  # the last seq given out
    floor: int = 0  # tombstones up to here have expired: who is older starts over


class Step(NamedTuple):
    """One space to read. ``after`` None: from the start, newest first."""

    space: str
    after: int | None
    head: int  # at least this far: what was stored when the plan was made


class Plan(NamedTuple):
    """What one pull has to do."""

    steps: list[Step]
    reset: list[str]  # spaces the phone must empty and start over


def plan(vector: Vector, spaces: Iterable[str], extents: Mapping[str, Extent]) -> Plan:
    """Compare a phone's vector with spaces that it may read.

    A space starts over when the phone is ahead of it (the server was restored from a backup) or behind its
    floor (a tombstone it has not seen has expired). Both are computed from state, never from age.
    """
    steps, reset = [], []
    for space in spaces:
        extent, position = extents.get(space, Extent()), vector.get(space)
        if position is not None and not extent.floor <= position <= extent.head:
            reset.append(space)
            position = None
        if position != extent.head and extent.head > 0:
            steps.append(Step(space, position, extent.head))
    return Plan(steps, reset)


def advanced(vector: Vector, seen: Vector) -> Vector:
    """Return the vector moved on by what live frames brought, space by space."""
    return vector | {space: max(seq, vector.get(space, 0)) for space, seq in seen.items()}
