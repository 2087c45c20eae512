"""Answering a pull: what one phone is missing, a page at a time.

The plan of what to read is computed from numbers alone: the phone's positions, its spaces, and their extents.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from sync.record import Wire, weight

if TYPE_CHECKING:  # `ports` imports Vector and Extent from here
    from sync.ports import Caller, Cursors, Reader

WINDOW = 200  # records read at once of a space that is new to a phone
WEIGHT = 1_000_000  # characters of a page, about: a phone must receive a whole page even on a slow network
NOTHING: Mapping[str, Any] = {}  # the data of a tombstone

Vector = dict[str, int]  # {space: seq} — the last seq a phone has of each space


class Extent(NamedTuple):
    """How far the order of a space reaches."""

    head: int = 0  # the last seq given out
    floor: int = 0  # tombstones up to this seq have expired: a phone whose position is lower starts over
    said: int | None = None  # the first_seq of the newest message; None: not known

    def is_lost(self, position: int) -> bool:
        """Tell whether a client that has everything up to a position must start over.

        The client is ahead of the head if the database was restored from a backup. It is behind the floor if a
        tombstone that it has not seen has expired. Both are computed from state, never from age.
        """
        return not self.floor <= position <= self.head


class Step(NamedTuple):
    """One space to read: changes after the seq ``after``; None: from the start, newest records first."""

    space: str
    after: int | None
    head: int  # the head when the plan was made: read at least this far


class Plan(NamedTuple):
    """What one pull has to do."""

    steps: list[Step]
    reset: list[str]  # spaces the phone must empty and start over


def plan(vector: Vector, spaces: Iterable[str], extents: Mapping[str, Extent]) -> Plan:
    """Compare a phone's vector with the spaces that its user may read; return what to read, and what to reset."""
    steps, reset = [], []
    for space in spaces:
        extent, position = extents.get(space, Extent()), vector.get(space)
        if position is not None and extent.is_lost(position):
            reset.append(space)
            position = None
        if position != extent.head and extent.head > 0:
            steps.append(Step(space, position, extent.head))
    return Plan(steps, reset)


def proven(reader: "Reader", vector: Vector, extents: Mapping[str, Extent]) -> Mapping[str, Extent]:
    """Return the extents. Those that end before the client's position are read again, with proof that they are current.

    Such an extent need not mean that a backup was restored. The client may have read from a primary that is gone, and
    the new primary may not yet show the last commits.
    """
    early = [space for space, seq in vector.items() if space in extents and seq > extents[space].head]
    return {**extents, **reader.proven(early)} if early else extents


def advanced(vector: Vector, seen: Vector) -> Vector:
    """Return the vector, moved on in each space to the seq that live frames have brought."""
    return vector | {space: max(seq, vector.get(space, 0)) for space, seq in seen.items()}


class Page:
    """The content of a page while it is being gathered."""

    def __init__(self, limit: int) -> None:
        self._limit, self._weight = limit, 0
        self.changes: list[Wire] = []
        self.moved: Vector = {}
        self.history: Vector = {}
        self.more = False

    @property
    def room(self) -> int:
        """How many more changes fit under the limit of the request."""
        return self._limit - len(self.changes)

    @property
    def is_full(self) -> bool:
        """Whether the page has reached the limit of the request, or WEIGHT."""
        return self.room <= 0 or self._weight >= WEIGHT

    def take(self, space: str, seq: int, changes: list[Wire], size: int) -> None:
        """Add changes of a space, complete up to ``seq``, whose weight is ``size``; move the phone's position to it."""
        self.changes += changes
        self._weight += size
        self.moved[space] = seq


class Puller:
    """Answers pulls from the store; keeps no state about any phone."""

    def __init__(self, reader: "Reader", cursors: "Cursors") -> None:
        self._reader, self._cursors = reader, cursors

    def vector(self, caller: "Caller", args: Wire) -> Vector:
        """Return how far a phone is, by its cursor and the live frames it has seen.

        Raises BadRequest, or ResyncRequired for a cursor that is not known any more.
        """
        return advanced(self._cursors.vector(caller, args["cursor"]), args["seen"])

    def page(self, caller: "Caller", args: Wire) -> Wire:
        """Return the next page: one space after the other, each in order, until the page is full."""
        with self._reader.consistent():
            return self._page(caller, args)

    def _page(self, caller: "Caller", args: Wire) -> Wire:
        vector = self.vector(caller, args)
        allowed, found = self._reader.standing(caller.user)
        extents = proven(self._reader, vector, found)
        wanted = allowed if args["spaces"] is None else [space for space in args["spaces"] if space in allowed]
        todo = plan(vector, wanted, extents)
        page = Page(args["limit"])
        for step in todo.steps:
            if page.is_full:
                page.more = True
                break
            self._read(step, page)
        left = {space: seq for space, seq in vector.items() if space in allowed and space not in todo.reset}
        return {
            "changes": page.changes,
            "cursor": self._cursors.cursor(caller, left | page.moved),
            "positions": page.moved,
            "history": page.history,
            "more": page.more,
            "gone": sorted(set(vector) - set(allowed)),
            "reset": todo.reset,
        }

    def _read(self, step: Step, page: Page) -> None:
        """Add one space to a page.

        A space that is new to the phone is sent newest first; if the newest records are too much for a page, the whole
        space is sent in order instead.
        """
        if step.after is None:
            newest = self._newest(step)
            if newest is not None:
                found, size, before = newest
                if before is not None:
                    page.history[step.space] = before
                page.take(step.space, step.head, found, size)
                return
        room = page.room
        found = self._reader.changes(step.space, step.after or 0, step.head, room)
        taken, size = _fitting(found)
        page.take(step.space, taken[-1]["seq"] if taken else step.head, taken, size)
        page.more = page.more or len(taken) < len(found) or len(found) == room

    def _newest(self, step: Step) -> tuple[list[Wire], int, int | None] | None:
        """Return what a phone needs to show a space: changes, their weight, and before which first_seq there is more.

        That first_seq is None if there is no more. Returns None if the changes are too much for a page. They
        are read in windows, so little more than a page is ever in memory.
        """
        found, size = list[Wire](), 0
        after: int | None = 0
        while after is not None:
            some, after = self._reader.lasting(step.space, after, step.head, WINDOW)
            found += some
            size += sum(map(_weight, some))
            if size >= WEIGHT:
                return None
        newest, before = self._reader.newest(step.space, step.head)
        size += sum(map(_weight, newest))
        return (found + newest, size, before) if size < WEIGHT else None


def _fitting(changes: list[Wire]) -> tuple[list[Wire], int]:
    """Return the first of the changes, as many as fit into a page, and at least one; and their weight."""
    size = 0
    for number, change in enumerate(changes, 1):
        size += _weight(change)
        if size >= WEIGHT:
            return changes[:number], size
    return changes, size


def _weight(change: Wire) -> int:
    return weight(change.get("data", NOTHING))
