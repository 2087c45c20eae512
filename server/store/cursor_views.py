"""Cursor views: the vector behind each number that a device was given as its cursor.

Source: the client view records of Replicache (doc.replicache.dev, "Row Version Strategy"), which solve the same
problem: a client can keep one number only, and its state takes more than one number to describe.
"""

from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

from server.store.database import Mongo
from sync.pull import Vector

KEPT = 16  # views kept for each device: this many answers in a row may be lost


class CursorViews:
    """Numbers that stand for vectors. The numbers only grow. A view is removed with its device, or after 400 days."""

    def __init__(self, database: Mongo) -> None:
        self._views = database.views

    def find(self, device: str, number: int) -> Vector | None:
        """Return the vector behind a number, or None if the number is not known any more."""
        row = self._views.find_one({"_id": _name(device, number)})
        return None if row is None else dict(row["vector"])

    def issue(self, device: str, vector: Vector, now: int, used: int = 0) -> int:
        """Return a new number for a vector: larger than all numbers before it, even if those are removed.

        The number ``used``, which the client sent as its cursor, is kept: the answer with the new number may be lost.
        """
        kept = list(self._views.find({"device": device}, {"number": 1}).sort("number", -1).limit(KEPT))
        number = max(now, kept[0]["number"] + 1) if kept else now
        row = {"device": device, "vector": vector, "at": datetime.fromtimestamp(now / 1000, UTC)}
        while True:
            try:
                self._views.insert_one({**row, "_id": _name(device, number), "number": number})
                break
            except DuplicateKeyError:
                number += 1
        if len(kept) == KEPT:
            self._views.delete_many({"device": device, "number": {"$lt": kept[-1]["number"], "$ne": used}})
        return number


def _name(device: str, number: int) -> str:
    return f"{device}|{number}"
