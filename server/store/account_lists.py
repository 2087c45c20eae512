"""Lists of accounts, for operators: pages in the order of handles, with devices and factors. No passphrase is read."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from schemas.text import folded
from server.store.accounts import find_by_handle
from server.store.database import Document, Mongo

SHOWN = {"passphrase": 0}  # fields that are left out
AFTER_ALL = "\U0010ffff"  # sorts after every character of a handle
AT_ONCE = 500  # accounts read at once


class AccountLists:
    """Reads accounts by handle and by role."""

    def __init__(self, database: Mongo) -> None:
        self._database, self._users = database, database.users

    def page(self, beginning: str, role: str | None, after: str, limit: int) -> list[Document]:
        """Return accounts whose handle starts with ``beginning``, sorted by handle, after ``after``, ``limit`` at most.

        Each has ``devices`` (their number), ``seen_at`` (ms, or None) and ``factors``. An account whose handle was
        stored in another form by an older version is found only by its whole handle.
        """
        start = folded(beginning)
        where: dict[str, Any] = {"handle": {"$gte": start, "$lt": start + AFTER_ALL}}
        if after:
            where["handle"]["$gt"] = after
        if role is not None:
            where["role"] = role
        rows = list(self._users.find(where, SHOWN).sort("handle", 1).limit(limit))
        named = find_by_handle(self._users, beginning) if beginning and not after else None
        if named is not None and role in {None, named["role"]} and all(row["_id"] != named["_id"] for row in rows):
            rows = [{name: value for name, value in named.items() if name not in SHOWN}, *rows][:limit]
        return self._described(rows)

    def count(self, role: str, most: int) -> int:
        """Return how many accounts have a role; counts no further than ``most``."""
        return len(list(self._users.find({"role": role}, {"_id": 1}).limit(most)))

    def made_before(self, role: str, time: int) -> Iterator[list[Document]]:
        """Give the accounts of a role that were made before a time in ms, AT_ONCE at a time, ordered by handle."""
        last = ""
        while rows := list(
            self._users.find({"role": role, "handle": {"$gt": last}}, SHOWN).sort("handle", 1).limit(AT_ONCE)
        ):
            yield [row for row in rows if row["created_at"] < time]
            last = rows[-1]["handle"]

    def _described(self, rows: Sequence[Document]) -> list[Document]:
        users = [row["_id"] for row in rows]
        seen = defaultdict[str, list[int]](list)
        for device in self._database.devices.find({"user": {"$in": users}}, {"user": 1, "seen_at": 1}):
            seen[device["user"]].append(device["seen_at"])
        keys = {row["user"] for row in self._database.passkeys.find({"user": {"$in": users}}, {"user": 1})}
        apps = {
            row["_id"]
            for row in self._database.totp.find({"_id": {"$in": users}}, {"confirmed_at": 1})
            if row["confirmed_at"] is not None
        }
        return [
            {
                **row,
                "devices": len(seen[row["_id"]]),
                "seen_at": max(seen[row["_id"]], default=None),
                "factors": [name for name, those in (("totp", apps), ("passkey", keys)) if row["_id"] in those],
            }
            for row in rows
        ]
