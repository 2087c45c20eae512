"""What decisions see of the store: it reads, and writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sync.record import Key, Record


class Reads(Protocol):
    """What a command may see of the store. Nothing here writes."""

    def get(self, key: Key) -> Record | None:
        """Return a record, or None; a tombstone is returned as such."""

    def of_kind(self, space: str, kind: str) -> list[Record]:
        """Return every record of a kind in a space that holds few of them; tombstones are returned as such."""

    def head(self, space: str) -> int:
        """Return the last seq of a space."""

    def person(self, handle: str, role: str) -> str | None:
        """Return the user behind the handle of somebody in a role."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A view with some records changed."""

    reads: Reads
    records: Mapping[Key, Record]

    def get(self, key: Key) -> Record | None:
        """Return a record as it was changed, or as the view has it."""
        return self.records.get(key) or self.reads.get(key)

    def of_kind(self, space: str, kind: str) -> list[Record]:
        """Return every record of a kind in a space, as it was changed, or as the view has it."""
        found = {record.key: record for record in self.reads.of_kind(space, kind)}
        changed = {key: one for key, one in self.records.items() if (key.space, key.kind) == (space, kind)}
        return list((found | changed).values())

    def head(self, space: str) -> int:
        """Return the last seq of a space."""
        return self.reads.head(space)

    def person(self, handle: str, role: str) -> str | None:
        """Return the user behind the handle of somebody in a role."""
        return self.reads.person(handle, role)
