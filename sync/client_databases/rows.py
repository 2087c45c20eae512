"""Records as rows: the columns of a row, the records that rows stand for, and the rows that corrections name.

Nothing here writes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.table import TABLES, Column, Table
from sync.client_databases.row_ids import RowIdScheme
from sync.ports import Reader
from sync.record import Key, Record, Wire


def row(table: Table, record: Record, scheme: RowIdScheme) -> Wire:
    """Return a record as a row. The row of a tombstone says which record it was, and has nothing of its content."""
    cells = {name: _cell(table, column, name, record, scheme) for name, column in table.columns.items()}
    return {"id": scheme.row(table, record), **cells}


def blank(table: Table, row_id: str) -> Wire:
    """Return the row of a record that does not exist: every column is empty."""
    return {"id": row_id, **{name: column.nothing for name, column in table.columns.items()}}


def differs(table: Table, ours: Wire, theirs: Mapping[str, Any], columns: Iterable[str]) -> set[str]:
    """Return those of some columns that differ in two rows. A missing cell counts as null."""
    return {
        name for name in columns if _whole(table.columns[name], ours, name) != _whole(table.columns[name], theirs, name)
    }


def _cell(table: Table, column: Column, name: str, record: Record, scheme: RowIdScheme) -> Any:
    value = getattr(record, name) if column.of_record else record.data.get(name)
    if value is None:
        return column.nothing
    return scheme.other(TABLES.get(column.of, table), record.space, value) if column.type == "row" else value


def _whole(column: Column, cells: Mapping[str, Any], name: str) -> Any:
    value = cells.get(name)
    return column.nothing if value is None else value


class Shown(NamedTuple):
    """A row as it is sent to a client; ``deleted``: the client has to delete it."""

    cells: Wire
    deleted: bool
    key: Key | None = None  # of its record, if there is one


def shown(table: Table, record: Record, scheme: RowIdScheme) -> Shown:
    """Return a record as a row."""
    return Shown(row(table, record, scheme), record.deleted, record.key)


def located(reader: Reader, scheme: RowIdScheme, table: Table, rows: Sequence[tuple[str, object]]) -> list[Key | None]:
    """Return the key that each ``(row id, space)`` stands for: of a stored record, or of one to be made in that space.

    None: the row is new, and its space is not one that this user may read. A row keeps its record even if it names
    another space, because a client database identifies a row by its id alone.
    """
    found = reader.get(key for row_id, _ in rows for key in scheme.keys(table, row_id))
    readable = set(scheme.readable(table))

    def place(row_id: str, space: object) -> Key | None:
        candidates = scheme.keys(table, row_id)
        known = next((key for key in candidates if key in found), None)
        if known is not None or not table.shared:
            return known or candidates[0]
        return scheme.key(table, space, row_id) if isinstance(space, str) and space in readable else None

    return [place(row_id, space) for row_id, space in rows]


def corrected(
    reader: Reader, scheme: RowIdScheme, table: Table, row_ids: Iterable[str], heads: Mapping[str, int]
) -> list[Shown]:
    """Return rows as they are now. A row without a record, or with one that this user may not read, is to be deleted.

    ``heads`` are the heads at the time when the readable spaces were read. A row whose record has changed since then
    is left out: the client reads this change in the record's own space.
    """
    asked = dict.fromkeys(row_ids)
    found = reader.get(key for row_id in asked for key in scheme.keys(table, row_id))
    records = {scheme.row(table, record): record for record in found.values()}
    rows = []
    for row_id in asked:
        record = records.get(row_id)
        if record is None:
            rows.append(Shown(blank(table, row_id), deleted=True))
        elif record.seq <= heads.get(record.space, 0):
            rows.append(shown(table, record, scheme))
    return rows
