"""Codes that take the place of a user's earlier ones, also if two requests make them at the same moment."""

import secrets
from collections.abc import Sequence

from pymongo.collection import Collection

from server.store.database import Document

DIGITS = 12  # of the number that begins a turn


def replace(collection: Collection[Document], user: str, rows: Sequence[Document]) -> None:
    """Store rows of a user in place of all their other rows. Of calls at the same time, the rows of one are left.

    Each call gives its rows a turn above all turns that it finds; calls that found the same differ in a random part.
    Then each call removes all rows below the highest turn, also its own: the last call to insert sees the rows of all.
    """
    turn = f"{int(_highest(collection, user)[:DIGITS] or 0) + 1:0{DIGITS}}-{secrets.token_hex(8)}"
    collection.insert_many([{**row, "user": user, "turn": turn} for row in rows])
    below = {"turn": {"$lt": _highest(collection, user)}}
    collection.delete_many({"user": user, "$or": [below, {"turn": None}]})


def _highest(collection: Collection[Document], user: str) -> str:
    """Return the highest turn of a user's rows; empty if there is none, or only rows of before there were turns."""
    return max((row.get("turn", "") for row in collection.find({"user": user}, {"turn": 1})), default="")
