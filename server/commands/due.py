"""Due handlers: a due record is changed by an internal command, defined beside the other commands of its kind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from marshmallow import Schema

from server.commands.context import Args, Decide, Observes, command
from sync.pull import Extent
from sync.record import Key, Record


class Histories(Protocol):
    """The reads for the arguments of a due command: done before the decision, which itself has only ``Reads``."""

    def extents(self, spaces: list[str]) -> dict[str, Extent]:
        """Return the extent of each space: its last seq, and the seq up to which tombstones have expired."""

    def get(self, keys: Iterable[Key]) -> dict[Key, Record]:
        """Return the stored records under these keys; a tombstone is returned as a tombstone."""

    def after(self, space: str, seq: int, until: int, limit: int) -> list[Record]:
        """Return the records that changed in a space after ``seq`` and up to ``until``, oldest change first."""

    def of_kind(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return the records of a kind that changed in a space after one seq and up to another, oldest change first."""

    def history(self, space: str, before: int, limit: int) -> tuple[list[Record], bool]:
        """Return messages and notes whose first_seq is below ``before``, newest first, and whether there are more."""


@dataclass(frozen=True, slots=True)
class DueCommand:
    """The internal command for a record that is due, and its arguments."""

    name: str
    args: Callable[[Record, Histories], Args]


DUE_COMMANDS: dict[str, DueCommand] = {}  # by the kind of record


def by_name(record: Record, _: Histories) -> Args:
    """Return the arguments that name a record."""
    return {"space": record.space, "id": record.id}


def on_due(
    kind: str,
    verb: str,
    schema: type[Schema],
    args: Callable[[Record, Histories], Args] = by_name,
    observes: Observes | None = None,
) -> Callable[[Decide], Decide]:
    """Register the due handler of a kind of record, as the internal command ``kind.verb``.

    ``args`` returns the command's arguments for a record that is due.
    """
    DUE_COMMANDS[kind] = DueCommand(f"{kind}.{verb}", args)
    return command(f"{kind}.{verb}", schema, internal=True, observes=observes)
