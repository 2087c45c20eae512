"""What is done with a record whose time has come: an internal command, beside the other commands of its kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from marshmallow import Schema

from server.commands.context import Args, Decide, command
from sync.pull import Extent
from sync.record import Record


class Histories(Protocol):
    """What may be read of a space before it is decided what is done: more than a decision could rest on."""

    def extents(self, spaces: list[str]) -> dict[str, Extent]:
        """Return where each space stands."""

    def of_kind(self, space: str, kind: str, after: int, until: int, limit: int) -> list[Record]:
        """Return what changed of one kind in a space after a seq and not past another, oldest first."""

    def history(self, space: str, before: int, limit: int) -> tuple[list[Record], bool]:
        """Return messages and notes first stored before a place, newest first, and whether there are more."""


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
    kind: str, verb: str, schema: type[Schema], args: Callable[[Record, Histories], Args] = by_name
) -> Callable[[Decide], Decide]:
    """Register what is done with a record of a kind that is due, as the internal command ``kind.verb``.

    ``args`` returns the command's arguments for a record.
    """
    DUE_COMMANDS[kind] = DueCommand(f"{kind}.{verb}", args)
    return command(f"{kind}.{verb}", schema, internal=True)
