"""Records as rows: flat, every column there, and nothing else."""

from collections.abc import Iterable, Mapping
from typing import Any

from schemas.table import TABLES, Column, Table
from sync.client_databases.row_ids import RowIdScheme
from sync.record import Record, Wire


def row(table: Table, record: Record, scheme: RowIdScheme) -> Wire:
    """Return a record as a row. That of a tombstone has its id, its place, and nothing of what it was."""
    cells = {name: _cell(table, column, name, record, scheme) for name, column in table.columns.items()}
    return {"id": scheme.row(table, record), **cells}


def blank(table: Table, row_id: str) -> Wire:
    """Return the row of a record that there is not."""
    return {"id": row_id, **{name: column.nothing for name, column in table.columns.items()}}


def differs(table: Table, ours: Wire, theirs: Mapping[str, Any], columns: Iterable[str]) -> set[str]:
    """Return which of some columns are not the same in two rows. What is missing is as good as null."""
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
