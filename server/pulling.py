"""Answering a pull: what one phone is missing, a page at a time."""

from itertools import accumulate
from typing import Any

from server import metrics
from server.command import Caller
from server.records import Record, Wire
from server.store.feed import Feed
from server.tokens import Tokens
from sync.pull import Step, Vector, advanced, plan

WEIGHT = 1_000_000  # characters of a page, about: phones on slow networks must get somewhere


class Puller:
    """Reads the feed for phones. Works from what is stored, and remembers nothing of any phone."""

    def __init__(self, feed: Feed, tokens: Tokens) -> None:
        self._feed, self._tokens = feed, tokens

    def vector(self, caller: Caller, args: Wire) -> Vector:
        """Return how far a phone is, by its cursor and what it has seen live; raises BadRequest."""
        return advanced(self._tokens.vector(caller.user, args["cursor"]), args["seen"])

    def page(self, caller: Caller, args: Wire) -> Wire:
        """Return the next page: spaces in turn, each in order, until the page is full."""
        vector = self.vector(caller, args)
        allowed, extents = self._feed.standing(caller.user)
        wanted = allowed if args["spaces"] is None else [space for space in args["spaces"] if space in allowed]
        todo = plan(vector, wanted, extents)
        gone = sorted(set(vector) - set(allowed))
        records: list[Record] = []
        moved: Vector = {}
        history: Vector = {}
        more = False
        for step in todo.steps:
            room = args["limit"] - len(records)
            if room <= 0 or sum(map(_weight, records)) >= WEIGHT:
                more = True
                break
            more = self._read(step, room, records, moved, history) or more
        metrics.PAGES.labels("more" if more else "last" if records else "empty").inc()
        left = {space: seq for space, seq in vector.items() if space in allowed and space not in todo.reset}
        return {
            "changes": [record.change() for record in records],
            "cursor": self._tokens.cursor(caller.user, left | moved),
            "positions": moved,
            "history": history,
            "more": more,
            "gone": gone,
            "reset": todo.reset,
        }

    def _read(self, step: Step, room: int, records: list[Record], moved: Vector, history: Vector) -> bool:
        """Add one space to the page; tell whether there is more of it than there was room for.

        Of a space that is new to the phone it needs the newest at once; if that is too much, all of it comes in order.
        """
        if step.after is None:
            found, before = self._feed.newest(step.space, step.head)
            if sum(map(_weight, found)) < WEIGHT:
                if before is not None:
                    history[step.space] = before
                moved[step.space] = step.head
                records += found
                return False
        found = self._feed.after(step.space, step.after or 0, step.head, room)
        taken = _fitting(found)
        moved[step.space] = taken[-1].seq if taken else step.head
        records += taken
        return len(taken) < len(found) or len(found) == room


def _fitting(records: list[Record]) -> list[Record]:
    """Return as many of the records, and at least one of them, as are not too much for a page."""
    weights = accumulate(map(_weight, records))
    return records[: 1 + sum(weight < WEIGHT for weight in weights)]


def _weight(record: Record) -> int:
    """Return about how many characters a record takes on the wire."""
    return 200 + sum(len(one) if isinstance(one, str) else _deep(one) for one in record.data.values())


def _deep(value: Any) -> int:
    """Return about how many characters a value takes that is no text."""
    if isinstance(value, dict | list):
        return len(str(value))
    return 8
