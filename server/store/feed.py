"""Reading what phones are missing, and the history they ask for. Reads only what is safely stored."""

from collections.abc import Iterable

from server.records import Key, Record, private
from server.store import documents
from server.store.database import Mongo
from sync.pull import Extent

EVERYTHING = 2**53 - 1  # past the last seq of any space
MANY = 5000  # records asked for by name in one query
FIRST = 50  # messages and notes of each space in a first sync; older ones are history


class Feed:
    """The records of spaces, in order."""

    def __init__(self, database: Mongo) -> None:
        self._records, self._spaces = database.records, database.spaces

    def memberships(self, user: str) -> dict[str, str]:
        """Return {space: member} for all that a user may read, their private space first."""
        rows = self._records.find(
            {"space": private(user), "stream": False, "kind": "membership", "deleted": None},
            {"data.space": 1, "data.member": 1},
        )
        return {private(user): user} | {row["data"]["space"]: row["data"]["member"] for row in rows}

    def is_member(self, user: str, space: str) -> bool:
        """Tell whether a user may read a space."""
        if space == private(user):
            return True
        name = documents.name(Key(private(user), "membership", space.replace(":", ".", 1)))
        return self._records.find_one({"_id": name, "deleted": None}, {"_id": 1}) is not None

    def extents(self, spaces: Iterable[str]) -> dict[str, Extent]:
        """Return where each space stands; one that has no records yet is left out."""
        rows = self._spaces.find({"_id": {"$in": list(spaces)}})
        return {row["_id"]: Extent(row["head"], row.get("floor", 0)) for row in rows}

    def standing(self, user: str, also: Iterable[str] = ()) -> tuple[dict[str, str], dict[str, Extent]]:
        """Return {space: member} for all that a user may read, and where these spaces, and some others, stand.

        Membership is looked at again after the heads. So what was stored up to a head was stored while the user
        could read that space: who reads no further never sees what came after they lost it.
        """
        before = self.memberships(user)
        while True:
            extents = self.extents({*before, *also})
            after = self.memberships(user)
            if after == before:
                return after, extents
            before = after

    def after(self, space: str, seq: int, until: int, limit: int) -> list[Record]:
        """Return what changed in a space after a seq and not past another, oldest first."""
        rows = self._records.find({"space": space, "seq": {"$gt": seq, "$lte": until}}).sort("seq", 1).limit(limit)
        return [documents.decode(row) for row in rows]

    def of_kind(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return what changed of one kind in a space after a seq and not past another, oldest first."""
        rows = self._records.find({"space": space, "kind": kind, "seq": {"$gt": after, "$lte": until}})
        return [documents.decode(row) for row in rows.sort("seq", 1).limit(limit)]

    def born(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return one kind of a space, tombstones too, first stored after a place and not past another, in order."""
        rows = self._records.find({"space": space, "kind": kind, "first_seq": {"$gt": after, "$lte": until}})
        return [documents.decode(row) for row in rows.sort("first_seq", 1).limit(limit)]

    def early(self, space: str, kind: str, now: int) -> int | None:
        """Return the seq of the first record of a kind whose time has not come, or None."""
        row = self._records.find_one(
            {"space": space, "kind": kind, "data.due": {"$gt": now}}, {"seq": 1}, sort=[("seq", 1)]
        )
        return None if row is None else int(row["seq"])

    def get(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return those of some records that there are; a tombstone is returned as such."""
        names, found = [documents.name(key) for key in keys], list[Record]()
        for start in range(0, len(names), MANY):
            rows = self._records.find({"_id": {"$in": names[start : start + MANY]}})
            found += [documents.decode(row) for row in rows]
        return {record.key: record for record in found}

    def newest(self, space: str, until: int) -> tuple[list[Record], int | None]:
        """Return what a phone needs to show a space, and the first_seq before which there is more (None: nothing).

        That is: every record but messages and notes, and the newest of those. What changed past ``until`` is left
        out: it comes with the next pull.
        """
        rows = self._records.find({"space": space, "stream": False, "seq": {"$lte": until}})
        streams, more = self.history(space, until + 1, FIRST, until)
        return [documents.decode(row) for row in rows] + streams, streams[-1].first_seq if more else None

    def history(self, space: str, before: int, limit: int, until: int = EVERYTHING) -> tuple[list[Record], bool]:
        """Return messages and notes first stored before a place, newest first, and whether there are more."""
        rows = self._records.find(
            {"space": space, "stream": True, "first_seq": {"$lt": before}, "seq": {"$lte": until}}
        )
        found = [documents.decode(row) for row in rows.sort("first_seq", -1).limit(limit + 1)]
        return found[:limit], len(found) > limit

    def unread(self, space: str, member: str) -> int:
        """Return how many messages of others a member has not read."""
        position = self._records.find_one({"_id": documents.name(Key(space, "position", member))})
        read = 0 if position is None else position["data"].get("read", 0)
        return self._records.count_documents(
            {
                "space": space,
                "stream": True,
                "kind": "message",
                "first_seq": {"$gt": read},
                "author": {"$ne": member},
                "deleted": None,
            }
        )
