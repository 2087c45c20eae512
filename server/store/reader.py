"""Reading the records that phones are missing, and the history they ask for. Reads only durably stored data.

Every query here uses one index alone, and other conditions are checked afterwards in Python. The embedded database
reads a whole collection as soon as one condition is not in the index (measured: 33 ms instead of 1 at 50,000 records),
and it reads all of a range before it sorts and limits it. Long lists are therefore read in windows of seq or first_seq,
which are unique within a space, and each window is twice as wide as the one before.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from pymongo import ASCENDING
from pymongo import collection as pymongo_collection

from server.commands.conversation.arrival import arrival_key, arrivals
from server.commands.conversation.unread import unread_from, unread_key
from server.store import documents, ledger
from server.store.database import Document
from server.store.documents import EVERYTHING, SEALED, Records
from server.store.sessions import Sessions
from server.store.spaces import said
from sync.pull import Extent
from sync.record import STREAMS, Key, Record, Wire, membership_key, position_key, private

Rows = pymongo_collection.Collection[Document]

SPARE = 8  # extra width of the first window: not every first_seq belongs to a wanted record
ROWS_AT_ONCE = 500  # rows of a long list that are fetched at once
LAST = "\U0010ffff"  # sorts after every character of the name of a space
FIRST_SYNC = 50  # messages and notes of each space in a first sync; older ones are history
EARLY = 1_000  # newest seqs of a space that are searched for a record that is not due yet
MOST_UNREAD = 1_000  # unread messages of a space that are counted at most


class Unread(NamedTuple):
    """What a user has not read of a space, and what decides which of the user's devices are notified of it."""

    messages: int  # of others that are not read, or count as unread by a mark: MOST_UNREAD at most
    newest: int = 0  # the first_seq of the newest message of others after the read position; 0: there is none
    delivered: int = 0  # the first_seq up to which messages have reached one of the user's devices
    arrived: Mapping[str, int] = {}  # {device: the seq up to which changes have arrived there}
    seen: int = 0  # the seq up to which the user has seen changes of all kinds


class Reader:
    """The records of spaces, in order."""

    def __init__(self, records: Records, sessions: Sessions) -> None:
        self._database, self._sessions = records.database, sessions
        self.records, self._collection, self._spaces = records, records.collection, records.database.spaces

    def consistent(self) -> AbstractContextManager[None]:
        """Let each read in the block see at least what the reads before it saw, on every shard."""
        return self._sessions.reads()

    def memberships(self, user: str) -> dict[str, str]:
        """Return {space: member} for all spaces that a user may read, their private space first."""
        rows = self._collection.find(
            {"space": private(user), "kind": "membership"}, {"data.space": 1, "data.member": 1}
        )
        return {private(user): user} | {row["data"]["space"]: row["data"]["member"] for row in rows if "data" in row}

    def is_member(self, user: str, space: str) -> bool:
        """Tell whether a user may read a space."""
        if space == private(user):
            return True
        where = documents.named(self._collection, [membership_key(user, space)])
        row = self._collection.find_one(where, {"deleted": 1})
        return row is not None and "deleted" not in row

    def extents(self, spaces: Iterable[str]) -> dict[str, Extent]:
        """Return the extent of each space; a space without records is left out."""
        rows = self._spaces.find({"_id": {"$in": list(spaces)}})
        return {row["_id"]: Extent(row["head"], row.get("floor", 0), said(row)) for row in rows}

    def proven(self, spaces: Iterable[str]) -> dict[str, Extent]:
        """Return the extents of spaces as of now, even just after an election, when a new primary may still lag behind.

        The update changes nothing. Its answer means that all earlier commits are visible to the next read.
        """
        with self._sessions.reads():
            self._spaces.update_many({"_id": {"$in": list(spaces)}}, {"$max": {"head": 0}})
            return self.extents(spaces)

    def standing(self, user: str, also: Iterable[str] = ()) -> tuple[dict[str, str], dict[str, Extent]]:
        """Return {space: member} for all spaces that a user may read, and the extents of these spaces and of ``also``.

        Memberships are read again after the heads. So every record up to a head was stored while the user could read
        the space: a user who reads up to the head sees nothing that was stored after they lost the space.
        """
        before = self.memberships(user)
        while True:
            extents = self.extents({*before, *also})
            after = self.memberships(user)
            if after == before:
                return after, extents
            before = after

    def after(self, space: str, seq: int, until: int, limit: int) -> list[Record]:
        """Return the records that changed in a space after ``seq`` and up to ``until``, oldest change first."""
        return ahead(self.records, {"space": space}, "seq", seq, until, limit)

    def changes(self, space: str, seq: int, until: int, limit: int) -> list[Wire]:
        """Return what `after` returns, as phones see it."""
        return self.records.changes(rows_ahead(self._collection, {"space": space}, "seq", seq, until, limit))

    def of_kind(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return the records of a kind that changed in a space after one seq and up to another, oldest change first."""
        return ahead(self.records, {"space": space, "kind": kind}, "seq", after, until, limit)

    def born(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return the records of a kind in a space after one first_seq and up to another, in order; tombstones too."""
        where = {"space": space, "stream": kind in STREAMS}
        return ahead(self.records, where, "first_seq", after, until, limit, lambda row: bool(row["kind"] == kind))

    def early(self, space: str, kind: str, now: int) -> int | None:
        """Return the smallest seq of the records of a kind whose ``data["due"]`` is after ``now``, in ms, or None.

        Records in such a space fall due in the order of their seqs, so only the EARLY newest seqs are searched.
        """
        head = self.extents([space]).get(space, Extent()).head
        where = {"space": space, "kind": kind, "seq": {"$gt": head - EARLY, "$lte": head}}
        rows = self._collection.find(where, {"seq": 1, "data.due": 1})
        return min((int(row["seq"]) for row in rows if row["data"]["due"] > now), default=None)

    def get(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the stored records under these keys; a tombstone is returned as a tombstone."""
        return self.records.find(keys)

    def pushed(self, user: str, device: str, since: int, recent: int) -> set[Key]:
        """Return the keys of rows that a device has pushed since a time in ms, in recent pushes.

        A push is recent if its last commit was after the time ``recent`` (ms). It may not have ended yet.
        """
        return ledger.pushed(self._database, user, device, since, recent)

    def live(self, kind: str, without: str = "") -> Iterator[Record]:
        """Give every live record of a kind: those with a due time, including FAR. There may be very many.

        ``without`` names a field of their data that is not read.
        """
        rows = self._collection.find({"live": kind}, _all_but(without) if without else None, batch_size=ROWS_AT_ONCE)
        return self._decoded(rows)

    def across(self, beginning: str, kind: str, data: Mapping[str, Any], without: str) -> Iterator[Record]:
        """Give the records of a kind whose data has these values, in all spaces whose names start with ``beginning``.

        ``without`` names a field of their data that is not read.
        """
        where: dict[str, Any] = {"space": {"$gte": beginning, "$lt": beginning + LAST}, "kind": kind}
        where |= {f"data.{name}": value for name, value in data.items()}
        return self._decoded(self._collection.find(where, _all_but(without), batch_size=ROWS_AT_ONCE))

    def _decoded(self, rows: Iterable[Document]) -> Iterator[Record]:
        """Give the records of very many rows, some at a time."""
        left = iter(rows)
        while some := list(islice(left, ROWS_AT_ONCE)):
            yield from self.records.readable(some)

    def due(self, now: int, kinds: Collection[str], limit: int) -> list[Record]:
        """Return records of some kinds that a timer has to act on, the one that has waited longest first.

        If more than ``limit`` are due in all, as after an outage, ``limit`` records of each kind at most are returned,
        the longest waiting ones: so a backlog of one kind does not block the other kinds.
        """
        rows = list(self._collection.find({"due": {"$lte": now}}).sort("due", ASCENDING).limit(limit + 1))
        if len(rows) > limit:
            wheres = [{"live": kind, "due": {"$lte": now}} for kind in kinds]
            rows = [row for where in wheres for row in self._collection.find(where).sort("due", ASCENDING).limit(limit)]
        found = self.records.readable(row for row in rows if row["kind"] in kinds)
        return sorted(found, key=lambda record: (record.due or 0, record.key))

    def oldest_due(self, now: int) -> int | None:
        """Return the due time of the record that has waited longest for a timer, in ms, or None."""
        rows = self._collection.find({"due": {"$lte": now}}, {"due": 1}).sort("due", 1).limit(1)
        return next((int(row["due"]) for row in rows), None)

    def lasting(self, space: str, after: int, until: int, limit: int) -> tuple[list[Wire], int | None]:
        """Return records other than messages and notes after a first_seq, as phones see them, and where to read on.

        The first_seq to read on from is None at the end. Records that changed after the seq ``until`` are left out: the
        phone gets them with its next pull.
        """
        rows = rows_ahead(self._collection, {"space": space, "stream": False}, "first_seq", after, until, limit)
        found = self.records.changes(row for row in rows if row["seq"] <= until)
        return found, rows[-1]["first_seq"] if len(rows) == limit else None

    def newest(self, space: str, until: int) -> tuple[list[Wire], int | None]:
        """Return the FIRST_SYNC newest messages and notes as phones see them, and before which first_seq to read on.

        It is None if there are no more. Records that changed after the seq ``until`` are left out, as in `lasting`.
        """
        rows, more = _older(self._collection, space, until + 1, FIRST_SYNC, until)
        return self.records.changes(rows), rows[-1]["first_seq"] if more else None

    def history(self, space: str, before: int, limit: int) -> tuple[list[Record], bool]:
        """Return messages and notes whose first_seq is below ``before``, newest first, and whether there are more."""
        head = self.extents([space]).get(space, Extent()).head
        rows, more = _older(self._collection, space, min(before, head + 1), limit, EVERYTHING)
        return self.records.decode(rows), more

    def unread(self, user: str, members: Mapping[str, str]) -> dict[str, Unread]:
        """Return {space: what a user has not read} for ``{space: the user's member handle}``.

        A space whose newest message is read, and that is not marked as unread, costs no query of its own.
        """
        extents = self.extents(members)
        keys = {
            space: (position_key(user, space), unread_key(user, space), arrival_key(user, space)) for space in members
        }
        found = self.get(key for three in keys.values() for key in three)
        return {
            space: self._unread(space, member, extents.get(space, Extent()), *(found.get(key) for key in keys[space]))
            for space, member in members.items()
        }

    def _unread(
        self,
        space: str,
        member: str,
        extent: Extent,
        position: Record | None,
        mark: Record | None,
        arrival: Record | None,
    ) -> Unread:
        data: Mapping[str, Any] = {} if position is None else position.data
        read = data.get("read", 0)
        marked = unread_from(mark, read)
        known = Unread(0, 0, data.get("delivered", 0), *arrivals(position, arrival))
        if marked is None and extent.said is not None and extent.said <= read:
            return known

        def is_new(row: Document) -> bool:
            return row["kind"] == "message" and "deleted" not in row and row["author"] != member

        after = read if marked is None else min(read, marked - 1)
        where, shown = {"space": space, "stream": True}, {"kind": 1, "author": 1, "deleted": 1, "first_seq": 1}
        rows = rows_ahead(self._collection, where, "first_seq", after, extent.head, MOST_UNREAD, is_new, shown)
        newest = max((row["first_seq"] for row in rows if row["first_seq"] > read), default=0)
        if len(rows) == MOST_UNREAD:  # more may exist: the newest message of anybody is used instead of that of others
            newest = extent.said or extent.head
        return known._replace(messages=len(rows), newest=newest)


def _older(records: Rows, space: str, before: int, limit: int, until: int) -> tuple[list[Document], bool]:
    """Return messages and notes whose first_seq is below ``before``, newest first, and whether there are more.

    Rows that changed after ``until`` are left out. ``before`` is at most the next seq of the space, head + 1.
    """
    found: list[Document] = []
    width = limit + SPARE
    while before > 1 and len(found) <= limit:
        first = max(1, before - width)
        rows = records.find({"space": space, "stream": True, "first_seq": {"$gte": first, "$lt": before}})
        found += sorted((row for row in rows if row["seq"] <= until), key=itemgetter("first_seq"), reverse=True)
        before, width = first, width * 2
    return found[:limit], len(found) > limit


def ahead(
    records: Records,
    where: dict[str, Any],
    by: str,
    after: int,
    until: int,
    limit: int,
    wanted: Callable[[Document], bool] = lambda _: True,
) -> list[Record]:
    """Return at most ``limit`` records in the order of the field ``by``: after ``after`` and up to ``until``."""
    return records.decode(rows_ahead(records.collection, where, by, after, until, limit, wanted))


def _all_but(field: str) -> dict[str, int]:
    """Return a projection that leaves out one field of data, sealed or not."""
    return {f"data.{field}": 0, f"{SEALED}.{field}": 0}


def rows_ahead(
    records: Rows,
    where: dict[str, Any],
    by: str,
    after: int,
    until: int,
    limit: int,
    wanted: Callable[[Document], bool] = lambda _: True,
    fields: Mapping[str, int] | None = None,
) -> list[Document]:
    """Return what `ahead` returns, as documents, with only some fields if ``fields`` names them."""
    found: list[Document] = []
    width = limit
    while after < until and len(found) < limit:
        last = min(until, after + width)
        rows = records.find({**where, by: {"$gt": after, "$lte": last}}, fields).sort(by, 1)
        found += [row for row in rows if wanted(row)]
        after, width = last, width * 2
    return found[:limit]
