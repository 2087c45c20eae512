"""Answering a pull: what one phone is missing, a page at a time."""

from itertools import accumulate
from typing import Any

from server.accounts.tokens import Tokens
from server.commands.context import Caller
from server.concurrency import PAGES, few_at_once
from server.observability import metrics
from server.store.reader import Feed
from sync.pull import Step, Vector, advanced, plan
from sync.record import Record, Wire

WEIGHT = 1_000_000  # characters of a page, about: phones on slow networks must get somewhere


class Page:
    """What is gathered of a page."""

    def __init__(self, limit: int) -> None:
        self._limit, self._weight = limit, 0
        self.changes: list[Wire] = []
        self.moved: Vector = {}
        self.history: Vector = {}
        self.more = False

    @property
    def room(self) -> int:
        """How many more changes have been asked for."""
        return self._limit - len(self.changes)

    @property
    def is_full(self) -> bool:
        """Whether no more is asked for, or it would be too much."""
        return self.room <= 0 or self._weight >= WEIGHT

    def take(self, space: str, seq: int, records: list[Record]) -> None:
        """Add what there is of a space up to a seq."""
        self.changes += [record.change() for record in records]
        self._weight += sum(map(_weight, records))
        self.moved[space] = seq


class Puller:
    """Reads the feed for phones. Works from what is stored, and remembers nothing of any phone."""

    def __init__(self, feed: Feed, tokens: Tokens) -> None:
        self._feed, self._tokens = feed, tokens

    def vector(self, caller: Caller, args: Wire) -> Vector:
        """Return how far a phone is, by its cursor and what it has seen live; raises BadRequest."""
        return advanced(self._tokens.vector(caller.user, args["cursor"]), args["seen"])

    @few_at_once(PAGES)
    def page(self, caller: Caller, args: Wire) -> Wire:
        """Return the next page: spaces in turn, each in order, until the page is full."""
        vector = self.vector(caller, args)
        allowed, extents = self._feed.standing(caller.user)
        wanted = allowed if args["spaces"] is None else [space for space in args["spaces"] if space in allowed]
        todo = plan(vector, wanted, extents)
        page = Page(args["limit"])
        for step in todo.steps:
            if page.is_full:
                page.more = True
                break
            self._read(step, page)
        metrics.PAGES.labels("more" if page.more else "last" if page.changes else "empty").inc()
        left = {space: seq for space, seq in vector.items() if space in allowed and space not in todo.reset}
        return {
            "changes": page.changes,
            "cursor": self._tokens.cursor(caller.user, left | page.moved),
            "positions": page.moved,
            "history": page.history,
            "more": page.more,
            "gone": sorted(set(vector) - set(allowed)),
            "reset": todo.reset,
        }

    def _read(self, step: Step, page: Page) -> None:
        """Add one space to a page.

        Of a space that is new to the phone it needs the newest at once; if that is too much, all of it comes in order.
        """
        if step.after is None:
            found, before = self._feed.newest(step.space, step.head)
            if sum(map(_weight, found)) < WEIGHT:
                if before is not None:
                    page.history[step.space] = before
                page.take(step.space, step.head, found)
                return
        room = page.room
        found = self._feed.after(step.space, step.after or 0, step.head, room)
        taken = _fitting(found)
        page.take(step.space, taken[-1].seq if taken else step.head, taken)
        page.more = page.more or len(taken) < len(found) or len(found) == room


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
