"""A row of the collection `spaces`: the head of a space, its newest message, and its usage.

The whole row is written with the head, on condition of the head before. So it is always as of the head, and the newest
message and the usage cost no write of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.commands.reads import Usage
from server.store.database import Document
from sync.pull import weight
from sync.record import Record


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
