"""Builds a schema for each kind of record in the API descriptions, so that generated clients know the type of `data`.

The columns of client databases give the fields in the data of a kind. The arguments of the commands that write a field
give its type. A schema describes stored data, so it leaves out the limits on input.
"""

from collections.abc import Callable, Iterator
from typing import Any

from marshmallow import fields

from schemas.table import TABLES, Column, RowCommand, Table
from server.commands.context import COMMANDS
from sync.record import Wire

CHANGE = "Change"  # the schema that stands for a record of any kind
Property = Callable[[fields.Field[Any]], Wire]  # returns a field as JSON Schema

NATIVE: dict[str, dict[str, Column]] = {  # fields of records that no table of client databases has
    "call": {"as": Column("string"), "again_at": Column("number", optional=True)},
    "escalation": {"where": Column("string")},
    "pairing": {"until": Column("number", optional=True)},
    "session": {"announced": Column("string", optional=True)},
    "shortlist": {"snapshot": Column("string"), "at": Column("number")},
}
_TYPES = {
    "string": "string",
    "row": "string",
    "number": "integer",
    "boolean": "boolean",
    "json": "object",
    "list": "array",
}
_KEPT = ("type", "items", "additionalProperties", "description")  # keywords kept from a command's argument
_LIMITS = ("enum", "pattern", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")


def with_records(schemas: Wire, as_property: Property, discriminator: Any) -> Wire:
    """Return the schemas with `Change` as a union: one schema for each kind of record, discriminated by `kind`."""
    if CHANGE not in schemas:
        return schemas
    named = {kind: _name(kind) for kind in TABLES}
    any_kind = {
        "description": "A record as phones see it; `kind` says what is in `data`.",
        "oneOf": [{"$ref": _reference(f"{name}Record")} for name in named.values()],
        "discriminator": discriminator,
    }
    records = {f"{named[kind]}Record": _record(schemas[CHANGE], kind) for kind in TABLES}
    data = {f"{named[kind]}Data": _data(table, as_property) for kind, table in TABLES.items()}
    return {**schemas, **records, **data, CHANGE: any_kind}


def mapping() -> dict[str, str]:
    """Return ``{kind: reference to its schema}`` for the discriminator of OpenAPI."""
    return {kind: _reference(f"{_name(kind)}Record") for kind in TABLES}


def _name(kind: str) -> str:
    return "".join(part.title() for part in kind.split("_"))


def _reference(name: str) -> str:
    return f"#/components/schemas/{name}"


def _record(change: Wire, kind: str) -> Wire:
    """Return the schema of records of one kind: the schema of a change, with the data of this kind."""
    properties = {
        **change["properties"],
        "kind": {"type": "string", "const": kind},
        "data": {"$ref": _reference(f"{_name(kind)}Data")},
    }
    return {**change, "description": f"A record of the kind `{kind}`, or its tombstone.", "properties": properties}


def _data(table: Table, as_property: Property) -> Wire:
    written = {name: _stored(as_property(field)) for name, field in _written(table)}
    columns = {name: column for name, column in table.columns.items() if not column.of_record}
    columns |= NATIVE.get(table.kind, {})
    return {"type": "object", "properties": {name: _cell(one, written.get(name, {})) for name, one in columns.items()}}


def _written(table: Table) -> Iterator[tuple[str, fields.Field[Any]]]:
    """Yield each column that a command fills with an argument unchanged, and the schema field of that argument."""
    row_commands: list[RowCommand] = [one for one in (table.create, *table.updates) if one is not None]
    for row_command in row_commands:
        for arg, column in row_command.args.items():
            field = COMMANDS[row_command.command].schema.fields[arg]
            if not isinstance(field, fields.Nested) and column in table.columns:
                yield column, field


def _stored(field: Wire) -> Wire:
    """Return the JSON Schema of a field as it is stored: without the limits on input."""

    def free(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: free(inner) for name, inner in value.items() if name not in _LIMITS}
        return value

    return {name: free(value) for name, value in field.items() if name in _KEPT}


def _cell(column: Column, written: Wire) -> Wire:
    kind = _TYPES[column.type]
    given = written if kind in str(written.get("type")) else {}
    empty: Wire = {"items": {}} if kind == "array" else {}
    may_be_null = column.optional or kind == "object"  # an object that nobody has set yet is null
    return {**empty, **given, "type": [kind, "null"] if may_be_null else kind}
