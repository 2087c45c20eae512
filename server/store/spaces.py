"""Spaces: what the collection `spaces` holds of each, and the cache of the spaces that this worker writes to.

A row has the head of a space, its newest message, and how much is in it. All of it is written with the head, on
condition of the head before, so it is always as of the head and costs no write of its own.

Everything cached of a space is as of its cached head. A commit takes head + 1 only if the stored head is still the
cached one, so a commit that succeeds also proves that the cache was current. A commit that fails drops the space from
the cache, and the space is read again. A stale cache can therefore cost a second attempt, never a wrong record.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.commands.reads import Usage
from server.store.database import Document
from sync.record import STREAMS, Key, Record, corrections_space, later_corrections_space, weight

NOT_KEPT = (corrections_space(""), later_corrections_space(""), "case:")  # beginnings of the names of spaces
SPACES = 20_000  # cached at most; those used longest ago are dropped first


@dataclass(frozen=True, slots=True)
class SpaceRow:
    """One space. Usage is counted from the first change that was stored by a version of Beside with this field."""

    head: int = 0  # the last seq
    said: int | None = 0  # the first_seq of the newest message; None: not known, the space is older than this field
    usage: Mapping[str, Usage] = field(default_factory=dict)  # by kind

    @classmethod
    def read(cls, row: Document) -> "SpaceRow":
        """Return the row that a stored document holds."""
        usage = {kind: Usage(*counts) for kind, counts in row.get("usage", {}).items()}
        return cls(row["head"], said(row), usage)

    def following(self, before: Record | None, after: Record) -> "SpaceRow":
        """Return the row after the change of one record, whose new seq is the new head."""
        counted = self.usage.get(after.kind, Usage())
        records = counted.records + _counts(after) - _counts(before)
        characters = counted.characters + _characters(after) - _characters(before)
        newest = after.first_seq if before is None and after.kind == "message" else self.said
        return SpaceRow(after.seq, newest, {**self.usage, after.kind: Usage(records, characters)})

    def changes(self, before: "SpaceRow") -> Document:
        """Return the fields to set in the stored row ``before``."""
        usage = {f"usage.{kind}": list(one) for kind, one in self.usage.items() if one != before.usage.get(kind)}
        return {"head": self.head, "said": self.said, "counted": self.head, **usage}

    def document(self, space: str) -> Document:
        """Return the document in which the row of a new space is stored."""
        usage = {kind: list(one) for kind, one in self.usage.items()}
        return {"_id": space, "head": self.head, "said": self.said, "counted": self.head, "usage": usage}


def said(row: Document) -> int | None:
    """Return the first_seq of the newest message of a stored row; None: not known.

    ``counted`` is the head up to which it is known. It is behind the head if a version of Beside that does not know
    these fields has stored something since, as during a rolling upgrade.
    """
    newest: int | None = row.get("said") if row.get("counted") == row["head"] else None
    return newest


def _counts(record: Record | None) -> int:
    """Return 1 for a record, 0 for a tombstone. An erased record counts until its tombstone is stored."""
    return 0 if record is None or (record.deleted and "erased" not in record.hidden) else 1


def _characters(record: Record | None) -> int:
    return 0 if record is None or record.deleted else weight(record.data)


@dataclass(slots=True)
class CachedSpace:
    """One space: its row, and those of its records that decisions depend on (None: known to be absent)."""

    row: SpaceRow
    records: dict[Key, Record | None] = field(default_factory=dict)


class SpaceCache:
    """The spaces used most recently, with their cached heads and records."""

    def __init__(self) -> None:
        self._spaces: OrderedDict[str, CachedSpace] = OrderedDict()

    def find(self, space: str) -> CachedSpace | None:
        """Return what is cached of a space, or None."""
        found = self._spaces.get(space)
        if found is not None:
            self._spaces.move_to_end(space)
        return found

    def keep(self, space: str, row: SpaceRow, records: dict[Key, Record | None]) -> None:
        """Cache a space as of its head. Messages, notes, corrections (many) and reports (large) are left out."""
        few = not space.startswith(NOT_KEPT)
        kept = {key: record for key, record in records.items() if few and key.kind not in STREAMS}
        self._spaces[space] = CachedSpace(row, kept)
        self._spaces.move_to_end(space)
        if len(self._spaces) > SPACES:
            self._spaces.popitem(last=False)

    def forget(self, space: str) -> None:
        """Drop a space from the cache."""
        self._spaces.pop(space, None)

    def clear(self) -> None:
        """Drop every space: a data key was destroyed, and the cache may hold content that it had sealed."""
        self._spaces.clear()
