"""The store as decisions see it: they read from it, and cannot write to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sync.record import Key, Record


class Usage(NamedTuple):
    """How much there is in a space; deleted records are not counted."""

    records: int = 0
    characters: int = 0  # the approximate size on the wire


class Reads(Protocol):
    """The reads of the store that a command may use. Nothing here writes."""

    def get(self, key: Key) -> Record | None:
        """Return a record, or None; a tombstone is returned as such."""

    def of_kind(self, space: str, kind: str) -> list[Record]:
        """Return every record of a kind in a space that holds few of them; tombstones are returned as such."""

    def newest_message(self, space: str) -> int:
        """Return the first_seq of the newest message of a space, deleted or not; 0: there is none."""

    def last_seq(self, space: str) -> int:
        """Return the seq of the last change in a space; 0: nothing was ever stored in it."""

    def usage(self, space: str, kind: str | None = None) -> Usage:
        """Return how much there is in a space, of one kind or altogether."""

    def person(self, handle: str, role: str) -> str | None:
        """Return the user who has a handle, or None if nobody in this role has it."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A view of the store in which some records are changed."""

    reads: Reads
    records: Mapping[Key, Record]

    def get(self, key: Key) -> Record | None:
        """Return the changed record if there is one, otherwise the record of the view beneath."""
        return self.records.get(key) or self.reads.get(key)

    def of_kind(self, space: str, kind: str) -> list[Record]:
        """Return every record of a kind in a space: the changed ones, and the others of the view beneath."""
        found = {record.key: record for record in self.reads.of_kind(space, kind)}
        changed = {key: one for key, one in self.records.items() if (key.space, key.kind) == (space, kind)}
        return list((found | changed).values())

    def newest_message(self, space: str) -> int:
        """Return the first_seq of the newest message in a space of the view beneath."""
        return self.reads.newest_message(space)

    def last_seq(self, space: str) -> int:
        """Return the seq of the last change in a space of the view beneath."""
        return self.reads.last_seq(space)

    def usage(self, space: str, kind: str | None = None) -> Usage:
        """Return how much there is in a space of the view beneath, of one kind or altogether."""
        return self.reads.usage(space, kind)

    def person(self, handle: str, role: str) -> str | None:
        """Return the user who has a handle, or None if nobody in this role has it."""
        return self.reads.person(handle, role)
