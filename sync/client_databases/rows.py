"""Records as rows: flat, with every column of the table and no other."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.table import TABLES, Column, Table
from sync.client_databases.row_ids import RowIdScheme
from sync.record import Record, Wire


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
