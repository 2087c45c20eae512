"""Where a client database stands, and what of one table it has to be given next.

A checkpoint holds a place for every space: how far the client has come, and the floor under which it need not look
for deletions, because it started above them. A space that its user may not read any more is *forgotten*: its rows
are given once more, as deleted, and then it leaves the checkpoint.
"""

from typing import NamedTuple

from sync.pull import Extent


class SpaceCheckpoint(NamedTuple):
    """How far a client has come in a space. ``until`` > 0: it is forgetting the space, row by row up to there."""

    seq: int  # or, when it is forgetting, the first_seq of the last row that was forgotten
    floor: int = 0
    until: int = 0


Checkpoint = dict[str, SpaceCheckpoint]
START = SpaceCheckpoint(0)


def is_lost(place: SpaceCheckpoint, extent: Extent) -> bool:
    """Tell whether a client must start over; it knows of deletions up to its floor, because it started above them."""
    return extent.is_lost(max(place.seq, place.floor))


def begun(place: SpaceCheckpoint | None, extent: Extent) -> SpaceCheckpoint:
    """Return where to go on; a client that comes for the first time, or again, begins above what has expired."""
    if place is None or place.until:
        return SpaceCheckpoint(0, extent.floor)
    return place


def moved(place: SpaceCheckpoint, seq: int) -> SpaceCheckpoint:
    """Return a place further on."""
    return SpaceCheckpoint(seq, place.floor if place.floor > seq else 0)
