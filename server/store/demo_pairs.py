"""The collection `demo_pairs`: {_id: number of the place, users: their ids, until: ms when they are removed}.

The places are numbered, and there are MOST_PAIRS of them, so however many workers make pairs, there are never more.
"""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from server.store.database import Document, Mongo

MOST_PAIRS = 20  # pairs that there can be at the same time


class DemoPairStore:
    """Which demo accounts there are, and until when."""

    def __init__(self, database: Mongo) -> None:
        self._pairs = database.demo_pairs

    def take(self, users: Sequence[str], until: int) -> int | None:
        """Give a free place to users until a time in ms, and return its number; None if no place is free."""
        taken = {row["_id"] for row in self._pairs.find({}, {"_id": 1}).limit(MOST_PAIRS)}
        for number in sorted(set(range(MOST_PAIRS)) - taken):
            try:
                self._pairs.insert_one({"_id": number, "users": list(users), "until": until})
            except DuplicateKeyError:  # another worker was faster
                continue
            return number
        return None

    def free_at(self) -> int:
        """Return when (ms) the next place will be free; 0 if one is."""
        untils = sorted(row["until"] for row in self._pairs.find({}, {"until": 1}).limit(MOST_PAIRS))
        return int(untils[0]) if len(untils) == MOST_PAIRS else 0

    def claim(self, now: int, until: int) -> Document | None:
        """Return a pair whose time is over at ``now`` (ms), or None. It is claimed until a time in ms.

        If the worker that has claimed it dies, another one can claim it after that time.
        """
        return self._pairs.find_one_and_update({"until": {"$lte": now}}, {"$set": {"until": until}})

    def end(self, number: int, now: int) -> None:
        """Say that the time of a pair is over at ``now`` (ms)."""
        self._pairs.update_one({"_id": number}, {"$set": {"until": now}})

    def free(self, number: int) -> None:
        """Free a place: its users are removed."""
        self._pairs.delete_one({"_id": number})
