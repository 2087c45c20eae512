"""The schemas with which an app sets up its client database, made from the tables."""

from collections.abc import Iterable
from typing import Any

from schemas.table import PARTS, VERSION, Column, Table
from sync.client_databases.row_ids import LONGEST_ROW_ID
from sync.record import Wire

_RX: dict[str, Wire] = {
    "string": {"type": "string"},
    "row": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "json": {"type": "object", "additionalProperties": True},
    "list": {"type": "array", "items": {}},
}
_INDEXED: dict[str, Wire] = {  # an index of RxDB needs the length or the range of its values
    "string": {"maxLength": LONGEST_ROW_ID},
    "number": {"minimum": 0, "maximum": 2**53 - 1, "multipleOf": 1},
}


def watermelondb(tables: Iterable[Table]) -> Wire:
    """Return what WatermelonDB's `appSchema` and `tableSchema` take."""
    return {"version": VERSION, "tables": [{"name": table.kind, "columns": _columns(table)} for table in tables]}


def rxdb(tables: Iterable[Table]) -> Wire:
    """Return what RxDB's `addCollections` takes."""
    return {"collections": {table.kind: {"schema": _schema(table)} for table in tables}}


def _columns(table: Table) -> list[Wire]:
    columns = []
    for name, column in table.columns.items():
        shape: Wire = {"name": name, "type": "string" if column.type in {*PARTS, "row"} else column.type}
        if column.optional:
            shape["isOptional"] = True
        if column.indexed:
            shape["isIndexed"] = True
        columns.append(shape)
    return columns


def _schema(table: Table) -> Wire:
    fields = {name: _field(column) for name, column in table.columns.items()}
    return {
        "version": VERSION - 1,
        "primaryKey": "id",
        "type": "object",
        "properties": {"id": {"type": "string", "maxLength": LONGEST_ROW_ID}, **fields},
        "required": ["id", *(name for name, column in table.columns.items() if not column.optional)],
        "indexes": [name for name, column in table.columns.items() if column.indexed],
    }


def _field(column: Column) -> Any:
    shape = _RX[column.type] | (_INDEXED[column.type] if column.indexed else {})
    if column.optional:
        return {**shape, "type": [shape["type"], "null"]}
    return {**shape, "default": column.nothing}
