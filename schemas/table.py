"""How a kind of record looks as rows of a client's own database, and which commands a changed row asks for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

TABLES: dict[str, "Table"] = {}
VERSION = 4  # of all tables together: raise it when one of them changes, so that apps can migrate

Type = Literal["string", "number", "boolean", "json", "list", "row"]  # "row": another row of the table and space
NOTHING: Mapping[Type, Any] = {"string": "", "number": 0, "boolean": False, "json": {}, "list": [], "row": ""}
PARTS = ("json", "list")  # types that have parts: WatermelonDB keeps them as text


@dataclass(frozen=True, slots=True)
class Column:
    """One column. Its value stands in the record's data under the column's name, or in the record itself."""

    type: Type
    optional: bool = False  # may be null; otherwise a missing value is '', 0, false, {} or []
    indexed: bool = False
    of_record: bool = False  # a property of the record, such as its author
    of: str = ""  # for type "row": the table of that row, if it is not the same table

    @property
    def nothing(self) -> Any:
        """The value of a column that was never set."""
        return None if self.optional else NOTHING[self.type]


@dataclass(frozen=True, slots=True)
class RowCommand:
    """The command that a changed row asks for, and the columns that its args come from."""

    command: str
    args: Mapping[str, str]  # {arg: column}; "id" and "space" name the record
    on: Mapping[str, Any] = field(default_factory=dict)  # {column: value}: only if these columns change to these values
    also: Mapping[str, str] = field(default_factory=dict)  # {arg: column}: sent along, whether changed or not
    otherwise: Mapping[str, Any] = field(default_factory=dict)  # {arg: value}: for columns that a row leaves out

    @property
    def columns(self) -> set[str]:
        """The columns whose change asks for this command."""
        return set(self.args.values()) - {"id", "space"} | set(self.on)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one kind of record. A client can make only changes that a row command stands for."""

    kind: str
    columns: Mapping[str, Column]
    shared: bool = False  # its records live in shared spaces, not in the user's own
    create: RowCommand | None = None  # for a new row, if that is not the same as changing its columns
    updates: tuple[RowCommand, ...] = ()
    delete: RowCommand | None = None
    time: str | None = None  # the column that says when a new row was written, ms since the epoch

    @property
    def named_by_client(self) -> bool:
        """True if clients choose ids of rows in spaces where others choose ids as well."""
        return self.shared and self.create is not None

    @property
    def writable(self) -> set[str]:
        """The columns that clients can change; only the server changes the others."""
        row_commands = (self.create, *self.updates) if self.create else self.updates
        own = {"space"} if self.named_by_client else set()
        return own.union(*(one.columns for one in row_commands))


PLACE = {"first_seq": Column("number", indexed=True, of_record=True)}
SHARED = {
    "space": Column("string", indexed=True, of_record=True),
    "author": Column("string", of_record=True),
    **PLACE,
}


def table(kind: str, columns: Mapping[str, Column], *, shared: bool = False, **row_commands: Any) -> Table:
    """Register a kind of record as a table of client databases. It has the columns of all tables, and ``columns``."""
    common = SHARED if shared else PLACE
    TABLES[kind] = Table(kind, MappingProxyType({**common, **columns}), shared, **row_commands)
    return TABLES[kind]
