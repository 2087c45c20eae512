"""Reading some of a long list, in order: window by window of a number that each record has for itself, wider and wider.

The embedded database reads and sorts all of a range before it limits it, so no more is asked for than is needed.
"""

from collections.abc import Callable
from typing import Any

from pymongo.collection import Collection

from server.store import documents
from server.store.database import Document
from sync.record import Record

SPARE = 8  # places looked at besides, in the first window: not all are taken by what is looked for

Records = Collection[Document]


def older(records: Records, space: str, before: int, limit: int, until: int) -> tuple[list[Record], bool]:
    """Return messages and notes first stored before a place, newest first, and whether there are more.

    What changed past ``until`` is left out. ``before`` is no further than the next place that will be taken.
    """
    found: list[Document] = []
    width = limit + SPARE
    while before > 1 and len(found) <= limit:
        first = max(1, before - width)
        rows = records.find({"space": space, "stream": True, "first_seq": {"$gte": first, "$lt": before}})
        newest_first = sorted((row for row in rows if row["seq"] <= until), key=_place, reverse=True)
        found += newest_first
        before, width = first, width * 2
    return [documents.decode(row) for row in found[:limit]], len(found) > limit


def ahead(
    records: Records,
    where: dict[str, Any],
    by: str,
    after: int,
    until: int,
    limit: int,
    wanted: Callable[[Document], bool] = lambda _: True,
) -> list[Record]:
    """Return the next records in the order of a number, after one and not past another."""
    found: list[Record] = []
    width = limit
    while after < until and len(found) < limit:
        last = min(until, after + width)
        rows = records.find({**where, by: {"$gt": after, "$lte": last}}).sort(by, 1)
        found += [documents.decode(row) for row in rows if wanted(row)]
        after, width = last, width * 2
    return found[:limit]


def _place(row: Document) -> int:
    return int(row["first_seq"])
