"""Vectors of users who are in too many spaces for a cursor to hold them, each stored under a digest of its content."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from server.store.database import Mongo
from sync.clock import DAY
from sync.ports import Clock

KEPT = 64  # stored vectors of one device in one scope: this many answers in a row may be lost


class LongCursors:
    """The collection `cursors`. A vector is removed with its device, or after 400 days without use."""

    def __init__(self, database: Mongo, now: Clock) -> None:
        self._cursors, self._now = database.cursors, now

    def find(self, name: str) -> dict[str, Any] | None:
        """Return a stored vector, or None if it is not known any more."""
        row = self._cursors.find_one({"_id": name})
        if row is None:
            return None
        stored_at: datetime = row["at"]
        if self._now() - stored_at.replace(tzinfo=UTC).timestamp() * 1000 > DAY:
            self._cursors.update_one({"_id": name}, {"$set": {"at": self._moment()}})
        return dict(row["vector"])

    def keep(self, device: str, vector: Mapping[str, Any], scope: str) -> str:
        """Store a vector and return its name: the same for the same vector, so that repeating a pull stores nothing."""
        plain = {space: place if isinstance(place, int) else list(place) for space, place in vector.items()}
        digest = sha256(orjson.dumps([scope, plain], option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
        name = f"{device}|{digest}"
        row = {"device": device, "scope": scope, "vector": plain, "at": self._moment()}
        if self._cursors.update_one({"_id": name}, {"$setOnInsert": row}, upsert=True).upserted_id is not None:
            self._drop_oldest(device, scope, name)
        return name

    def _drop_oldest(self, device: str, scope: str, latest: str) -> None:
        """Keep the KEPT newest vectors of a device in a scope."""
        rows = self._cursors.find({"device": device, "scope": scope}, {"at": 1})
        newest_first = sorted(rows, key=lambda row: (row["_id"] == latest, row["at"]), reverse=True)
        self._cursors.delete_many({"_id": {"$in": [row["_id"] for row in newest_first[KEPT:]]}})

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now() / 1000, UTC)
