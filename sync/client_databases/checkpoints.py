"""Checkpoints: how far a client database has come in one table, and from where it reads on.

A checkpoint holds a place for every space: how far the client has come, and a floor. The client misses no deletion
up to the floor, because it started after these tombstones had expired. A space that the user may not read any
more is *forgotten*: its rows are sent once more, as deleted, and then the space is removed from the checkpoint.
"""

from typing import NamedTuple

from sync.pull import Extent, Vector


class SpaceCheckpoint(NamedTuple):
    """How far a client has come in a space. ``until`` > 0: the client is forgetting the rows up to this first_seq."""

    seq: int  # while the space is being forgotten: the first_seq of the last forgotten row
    floor: int = 0
    until: int = 0


Checkpoint = dict[str, SpaceCheckpoint]
START = SpaceCheckpoint(0)


def positions(checkpoint: Checkpoint) -> Vector:
    """Return up to which seq a client misses nothing, in each space that it is not forgetting.

    Deletions up to its floor had expired when it started.
    """
    return {space: max(place.seq, place.floor) for space, place in checkpoint.items() if not place.until}


def begun(place: SpaceCheckpoint | None, extent: Extent) -> SpaceCheckpoint:
    """Return the place to read on from. A client that is new in the space, or had lost it, takes over its floor."""
    if place is None or place.until:
        return SpaceCheckpoint(0, extent.floor)
    return place


def advanced_to(place: SpaceCheckpoint, seq: int) -> SpaceCheckpoint:
    """Return the place moved on to ``seq``. The floor is dropped once the client has passed it."""
    return SpaceCheckpoint(seq, place.floor if place.floor > seq else 0)
