"""The change set: what a group of mutations is about to store, on top of the stored records.

Mutations of one group are decided one after the other; each sees the decisions before it. Nothing is written here:
`group_commit` stores the whole change set, or nothing of it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from server.commands.reads import Usage
from server.store.accounts import find_by_handle
from server.store.database import Document
from server.store.documents import Records
from server.store.spaces import SpaceCache, SpaceRow
from sync.record import Key, Record


@dataclass(slots=True)
class Part:
    """One space as the change set sees it."""

    base: SpaceRow  # as it is stored or cached
    row: SpaceRow  # as it will be once the change set is stored
    fresh: bool  # the row was read for this change set, not taken from the cache
    stored: dict[Key, Record | None] = field(default_factory=dict)  # records before this change set; None: absent
    changed: dict[Key, Record] = field(default_factory=dict)  # records that the change set stores

    @property
    def is_moved(self) -> bool:
        """Whether the change set moves the head."""
        return self.row.head != self.base.head


class ChangeSet:
    """A view of the store with changes on top that are not stored yet. It is the `Reads` that commands are given."""

    def __init__(self, records: Records, space_cache: SpaceCache) -> None:
        self._records, self._spaces, self._users = records, records.database.spaces, records.database.users
        self._space_cache = space_cache
        self._assumed: set[Key] = set()
        self.parts: dict[str, Part] = {}
        self.rows: list[Document] = []  # new rows of the ledger

    def observe(self, spaces: set[str]) -> None:
        """Read the rows of spaces that decisions read but need not change. The commit does not prove these current.

        Cached records of such a space are used if the head is still the cached one.
        """
        self._read(spaces - self.parts.keys())

    def assume_absent(self, keys: Iterable[Key]) -> None:
        """Assume without a read that records are absent. Only a commit that stores them proves that they were."""
        self._assumed = set(keys)
        self._open({key.space for key in self._assumed})
        for key in self._assumed:
            self.parts[key.space].stored[key] = None

    def read_ahead(self, keys: Iterable[Key]) -> None:
        """Read many records, and the heads of their spaces first.

        A change to a space after its head was read makes the commit fail. So no decision on outdated records is stored.
        """
        wanted = [key for key in keys if key not in self._assumed]
        self._open({key.space for key in wanted})
        found = self._records.find(wanted)
        for key in wanted:
            self.parts[key.space].stored[key] = found.get(key)

    def get(self, key: Key) -> Record | None:
        """Return a record as the change set leaves it, or None."""
        part = self._part(key.space)
        if key in part.changed:
            return part.changed[key]
        if key not in part.stored:
            part.stored[key] = self._records.find([key]).get(key)
        return part.stored[key]

    def of_kind(self, space: str, kind: str) -> list[Record]:
        """Return every record of a kind in a space as the change set leaves it."""
        part = self._part(space)
        for record in self._records.decode(self._records.collection.find({"space": space, "kind": kind})):
            part.stored.setdefault(record.key, record)
        found = (self.get(key) for key in {**part.stored, **part.changed} if key.kind == kind)
        return [record for record in found if record is not None]

    def newest_message(self, space: str) -> int:
        """Return the first_seq of the newest message of a space as the change set leaves it; 0: there is none.

        If the row of a space does not have this number yet, the last seq is returned in its place.
        """
        row = self._part(space).row
        return row.head if row.said is None else row.said

    def last_seq(self, space: str) -> int:
        """Return the seq of the last change in a space as the change set leaves it; 0: nothing is stored."""
        return self._part(space).row.head

    def usage(self, space: str, kind: str | None = None) -> Usage:
        """Return how much there is in a space as the change set leaves it, of one kind or altogether."""
        counted = self._part(space).row.usage
        if kind is not None:
            return counted.get(kind, Usage())
        return Usage(sum(one.records for one in counted.values()), sum(one.characters for one in counted.values()))

    def person(self, handle: str, role: str) -> str | None:
        """Return the user who has this handle and this role, or None."""
        row = find_by_handle(self._users, handle)
        return str(row["_id"]) if row is not None and row["role"] == role else None

    def put(self, records: Iterable[Record]) -> list[Record]:
        """Add the changed records of one mutation, each at head + 1 of its space; return them as they will be stored.

        A record without any change keeps its seq. A record of which only the due time changed keeps its seq as well:
        it is stored but not returned, because phones see no change. Of several versions of one record the last counts.
        """
        last = {record.key: record for record in records}
        placed = (self._placed(record) for record in sorted(last.values(), key=lambda record: record.space))
        return [record for record in placed if record is not None]

    @property
    def changed(self) -> bool:
        """Whether there is anything to store."""
        return any(part.changed for part in self.parts.values())

    def drop_unproven(self) -> bool:
        """Drop from the cache the spaces that decisions depend on without proof; tell whether there were any.

        A space that was read for this change set is current. A cached space is proven current if the commit moves its
        head: the commit can only do so from the cached head. A refusal moves no head, so it must depend on spaces that
        were read.
        """
        unproven = [space for space, part in self.parts.items() if not part.fresh and not part.is_moved]
        unproven += [key.space for key in self._assumed if key not in self.parts[key.space].changed]
        for space in unproven:
            self._space_cache.forget(space)
        return bool(unproven)

    def keep(self) -> None:
        """Cache every space of this change set, which has been stored."""
        for space, part in self.parts.items():
            self._space_cache.keep(space, part.row, {**part.stored, **part.changed})

    def forget(self) -> None:
        """Drop every space of this change set from the cache: it could not be stored."""
        for space in self.parts:
            self._space_cache.forget(space)

    def _placed(self, record: Record) -> Record | None:
        before, part = self.get(record.key), self._part(record.space)
        if before is not None:
            same = record.placed(before.seq, before.first_seq)
            if same == before:
                return before
            if replace(same, due=before.due) == before:
                part.changed[record.key] = same
                return None
        seq = part.row.head + 1
        placed = record.placed(seq, before.first_seq if before else seq)
        part.row = part.row.following(before, placed)
        part.changed[record.key] = placed
        return placed

    def _part(self, space: str) -> Part:
        if space not in self.parts:
            self._open({space})
        return self.parts[space]

    def _open(self, spaces: set[str]) -> None:
        """Find the rows of spaces: in the cache, or in the store with one round trip."""
        unknown = []
        for space in spaces - self.parts.keys():
            known = self._space_cache.find(space)
            if known is None:
                unknown.append(space)
            else:
                self.parts[space] = Part(known.row, known.row, fresh=False, stored=dict(known.records))
        self._read(unknown)

    def _read(self, spaces: Collection[str]) -> None:
        """Read the rows of spaces with one round trip."""
        if not spaces:
            return
        rows = {row["_id"]: SpaceRow.read(row) for row in self._spaces.find({"_id": {"$in": list(spaces)}})}
        for space in spaces:
            row, known = rows.get(space, SpaceRow()), self._space_cache.find(space)
            stored = dict(known.records) if known is not None and known.row.head == row.head else {}
            self.parts[space] = Part(row, row, fresh=True, stored=stored)
