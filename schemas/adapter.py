"""What client databases send and get: the shapes of WatermelonDB's and RxDB's replication."""

from marshmallow import INCLUDE, Schema, fields, validate

from schemas.base import Few, Strict

BATCH = 1000  # documents of one page or one push of RxDB
_NAMES = {"description": "The fields that the app's schema declares, so that it is sent no others."}


class WatermelonPull(Strict):
    """What `pullChanges` of WatermelonDB is given, as its documentation writes it in a query string."""

    last_pulled_at = fields.String(load_default="", metadata={"description": "`null` at first."})
    schema_version = fields.String(load_default="", metadata={"description": "Any."})
    migration = fields.String(load_default="", metadata={"description": "`null`, or JSON: `{from, tables, columns}`."})


class WatermelonPush(Strict):
    """The cursor of the pull before this push."""

    last_pulled_at = fields.String(load_default="")


class WatermelonRows(Strict):
    """What changed in one table."""

    created = fields.List(fields.Dict(), metadata={"description": "From the server always empty."})
    updated = fields.List(fields.Dict(), metadata={"description": "Whole rows."})
    deleted = fields.List(fields.String(), metadata={"description": "Ids."})


class Open(Schema):
    """A shape whose names are not ours: tables and columns of the app's that Beside does not know are passed over."""

    class Meta:
        """Nothing is refused by name."""

        unknown = INCLUDE


class WatermelonBody(Open):
    """What `pushChanges` of WatermelonDB sends: `{table: {created, updated, deleted}}`."""


class Stored(Strict):
    """Everything is stored, or will be put right by the next pull."""

    server_time = fields.Integer(required=True)


class WatermelonChanges(Strict):
    """What `pullChanges` of WatermelonDB returns."""

    changes = fields.Dict(keys=fields.String(), values=fields.Nested(WatermelonRows), required=True)
    timestamp = fields.Integer(required=True, metadata={"description": "A cursor, not a time."})
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


class WatermelonSchema(Strict):
    """What `appSchema` of WatermelonDB is made from."""

    version = fields.Integer(required=True)
    tables = fields.List(fields.Nested(TableShape), required=True)
    server_time = fields.Integer(required=True)


class RxSchemas(Strict):
    """What `addCollections` of RxDB takes."""

    collections = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)
    server_time = fields.Integer(required=True)


class RxCheckpoint(Strict):
    """How far a collection has come."""

    cursor = fields.String(required=True)


class RxPull(Strict):
    """What `pull.handler` of RxDB is given."""

    checkpoint = fields.Nested(RxCheckpoint, load_default=None, allow_none=True)
    batchSize = fields.Integer(  # noqa: N815 — RxDB's name
        load_default=100,
        strict=True,
        validate=validate.Range(1, BATCH),
        metadata={"description": "An answer with fewer documents is the last one."},
    )
    fields_ = Few(fields.String(), 200, data_key="fields", load_default=None, allow_none=True, metadata=_NAMES)


class RxPage(Strict):
    """What `pull.handler` of RxDB returns."""

    documents = fields.List(fields.Dict(), required=True)
    checkpoint = fields.Nested(RxCheckpoint, required=True, allow_none=True)
    server_time = fields.Integer(required=True)


class RxRow(Open):
    """One document that `push.handler` of RxDB is given."""

    newDocumentState = fields.Dict(required=True)  # noqa: N815 — RxDB's name
    assumedMasterState = fields.Dict(load_default=None, allow_none=True)  # noqa: N815


class RxFields(Strict):
    """Which fields the answer may have."""

    fields_ = fields.String(data_key="fields", load_default="", metadata=_NAMES)


class RxStream(RxFields):
    """Which fields, and who asks, for browsers' EventSource cannot send headers."""

    token = fields.String(load_default="", metadata={"description": "An access token, if there is no header."})


class RxDocument(Open):
    """A document of a collection: the fields that `/adapters/rxdb/schemas` declares, and `_deleted`."""


class Subscribe(Strict):
    """Ask for the live changes of a collection."""

    collection = fields.String(required=True)
    fields_ = Few(fields.String(), 200, data_key="fields", load_default=None, allow_none=True, metadata=_NAMES)


class RxChanges(Strict):
    """Live changes of a collection: what `pull.stream$` of RxDB emits."""

    collection = fields.String(required=True)
    documents = fields.List(fields.Dict(), required=True)
    checkpoint = fields.Nested(RxCheckpoint, required=True)


class RxResync(Strict):
    """The collection has to pull: emit `RESYNC` into `pull.stream$`."""

    collection = fields.String(required=True)
