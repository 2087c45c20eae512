"""The shapes that WatermelonDB's `synchronize()` sends and gets."""

from marshmallow import fields, validate

from schemas.base import Guiding, Open, Strict

LONGEST_NAMES = 2_000  # characters of the names of the tables that a pull is about: several times those of all tables


class PullRows(Guiding):
    """The arguments of WatermelonDB's `pullChanges`, in a query string as in its documentation."""

    last_pulled_at = fields.String(load_default="", metadata={"description": "`null` at first."})
    schema_version = fields.String(load_default="", metadata={"description": "Any."})
    migration = fields.String(load_default="", metadata={"description": "`null`, or JSON: `{from, tables, columns}`."})
    tables = fields.String(
        validate=validate.Length(max=LONGEST_NAMES),
        metadata={
            "description": "The tables that the app has, separated by commas. The default is all that there are."
        },
    )


class PushRows(Guiding):
    """The cursor of the pull before this push."""

    last_pulled_at = fields.String(load_default="")


class AddedColumns(Guiding):
    """Columns that the app has added to a table since its last sync."""

    table = fields.String(required=True)
    columns = fields.List(fields.String(), required=True)


class Migrated(Guiding):
    """The additions to the app's schema since its last sync. Tables and columns of the app's own may be listed too."""

    since = fields.Integer(data_key="from", load_default=None, allow_none=True)
    tables = fields.List(fields.String(), required=True)
    columns = fields.List(fields.Nested(AddedColumns), required=True)


class TableChanges(Strict):
    """What changed in one table."""

    created = fields.List(fields.Dict(), metadata={"description": "From the server always empty."})
    updated = fields.List(fields.Dict(), metadata={"description": "Whole rows."})
    deleted = fields.List(fields.String(), metadata={"description": "Ids."})


class Rows(Open):
    """What `pushChanges` of WatermelonDB sends: `{table: {created, updated, deleted}}`."""


class Stored(Strict):
    """Every change is stored, or the next pull will correct it."""

    server_time = fields.Integer(required=True)


class PulledRows(Strict):
    """What `pullChanges` of WatermelonDB returns."""

    changes = fields.Dict(keys=fields.String(), values=fields.Nested(TableChanges), required=True)
    timestamp = fields.Integer(required=True, metadata={"description": "A cursor, not a time."})
    server_time = fields.Integer(required=True)
    experimentalStrategy = fields.String(  # noqa: N815 — WatermelonDB's name
        metadata={"description": "`replacement` if the cursor is not known any more: hand it on to WatermelonDB."}
    )


class TableColumn(Strict):
    """A column, as `tableSchema` of WatermelonDB takes it."""

    name = fields.String(required=True)
    type = fields.String(required=True)
    isOptional = fields.Boolean()  # noqa: N815 — WatermelonDB's name
    isIndexed = fields.Boolean()  # noqa: N815


class TableShape(Strict):
    """A table, as `tableSchema` of WatermelonDB takes it."""

    name = fields.String(required=True)
    columns = fields.List(fields.Nested(TableColumn), required=True)


class RowSchema(Strict):
    """What `appSchema` of WatermelonDB is made from."""

    version = fields.Integer(required=True)
    tables = fields.List(fields.Nested(TableShape), required=True)
    server_time = fields.Integer(required=True)
