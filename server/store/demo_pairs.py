"""The collection `demo_pairs`: {_id: number of the slot, users: their ids, until: ms when they are removed}.

Slots have the numbers from 0 to MOST_PAIRS - 1, so all workers together never make more than MOST_PAIRS pairs.
"""

from collections.abc import Sequence

from pymongo.errors import DuplicateKeyError

from server.store.database import Document, Mongo

MOST_PAIRS = 20  # pairs that there can be at the same time


class DemoPairStore:
    """The pairs of demo accounts, and when each pair expires."""

    def __init__(self, database: Mongo) -> None:
        self._pairs = database.demo_pairs

    def take(self, users: Sequence[str], until: int) -> int | None:
        """Give a free slot to users until a time in ms, and return its number; None if no slot is free."""
        taken = {row["_id"] for row in self._pairs.find({}, {"_id": 1}).limit(MOST_PAIRS)}
        for number in sorted(set(range(MOST_PAIRS)) - taken):
            try:
                self._pairs.insert_one({"_id": number, "users": list(users), "until": until})
            except DuplicateKeyError:  # another worker was faster
                continue
            return number
        return None

    def free_at(self) -> int:
        """Return when (ms) the next slot will be free; 0 if a slot is free now."""
        untils = sorted(row["until"] for row in self._pairs.find({}, {"until": 1}).limit(MOST_PAIRS))
        return int(untils[0]) if len(untils) == MOST_PAIRS else 0

    def claim(self, now: int, until: int) -> Document | None:
        """Claim a pair that has expired at ``now``, for the time up to ``until`` (both ms); return it, or None.

        If the worker that has claimed the pair dies, another worker can claim it after ``until``.
        """
        return self._pairs.find_one_and_update({"until": {"$lte": now}}, {"$set": {"until": until}})

    def end(self, number: int, now: int) -> None:
        """Let a pair expire at ``now`` (ms)."""
        self._pairs.update_one({"_id": number}, {"$set": {"until": now}})

    def free(self, number: int) -> None:
        """Free a slot whose users have been removed."""
        self._pairs.delete_one({"_id": number})
