"""The shapes that RxDB's `replicateRxCollection()` sends and gets."""

from marshmallow import fields, validate

from schemas.base import Few, Guiding, Open, Strict

BATCH = 1000  # documents of one page or one push
_NAMES = {"description": "The fields that the app's schema declares, so that it is sent no others."}


class CollectionSchemas(Strict):
    """The argument of RxDB's `addCollections`."""

    collections = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)
    server_time = fields.Integer(required=True)


class Checkpoint(Guiding):
    """How far a collection has synced."""

    cursor = fields.String(required=True)


class PullDocuments(Guiding):
    """The arguments of RxDB's `pull.handler`."""

    checkpoint = fields.Nested(Checkpoint, load_default=None, allow_none=True)
    batchSize = fields.Integer(  # noqa: N815 — RxDB's name
        load_default=100,
        strict=True,
        validate=validate.Range(1, BATCH),
        metadata={"description": "An answer with fewer documents is the last one."},
    )
    fields_ = Few(fields.String(), 200, data_key="fields", load_default=None, allow_none=True, metadata=_NAMES)


class PulledDocuments(Strict):
    """The result of RxDB's `pull.handler`."""

    documents = fields.List(fields.Dict(), required=True)
    checkpoint = fields.Nested(Checkpoint, required=True, allow_none=True)
    server_time = fields.Integer(required=True)


class PushedDocument(Guiding):
    """One document that `push.handler` of RxDB is given."""

    newDocumentState = fields.Dict(required=True)  # noqa: N815 — RxDB's name
    assumedMasterState = fields.Dict(load_default=None, allow_none=True)  # noqa: N815


class Fields(Guiding):
    """Which fields the answer may have."""

    fields_ = fields.String(data_key="fields", load_default="", metadata=_NAMES)


class NumberedCheckpoint(Strict):
    """How far a collection has synced, as rxdb-server writes it. `lwt` has no meaning; `id` is the cursor."""

    id = fields.String(required=True)
    lwt = fields.Integer(required=True)


class PullNumbered(Guiding):
    """The query of rxdb-server's client, which begins with `lwt=0` and no `id`."""

    lwt = fields.Integer(load_default=0, strict=False)
    id = fields.String(load_default="")
    limit = fields.Integer(load_default=100, validate=validate.Range(1, BATCH))


class PulledNumbered(Strict):
    """The answer to rxdb-server's client."""

    documents = fields.List(fields.Dict(), required=True)
    checkpoint = fields.Nested(NumberedCheckpoint, required=True)
    server_time = fields.Integer(required=True)


class LiveNumbered(Strict):
    """Live changes of a collection, as rxdb-server sends them."""

    documents = fields.List(fields.Dict(), required=True)
    checkpoint = fields.Nested(NumberedCheckpoint, required=True)


class Nothing(Guiding):
    """A query string without fields: all arguments are in the body."""


class Token(Guiding):
    """The caller's access token, because the EventSource of browsers cannot send headers."""

    token = fields.String(load_default="", metadata={"description": "An access token, if there is no header."})


class ListenQuery(Fields, Token):
    """Which fields the answer may have, and the caller's access token."""


class Document(Open):
    """A document of a collection: the fields that `/adapters/rxdb/schemas` declares, and `_deleted`."""


class Subscribe(Strict):
    """Ask for the live changes of a collection."""

    collection = fields.String(required=True)
    fields_ = Few(fields.String(), 200, data_key="fields", load_default=None, allow_none=True, metadata=_NAMES)


class LiveDocuments(Strict):
    """Live changes of a collection: what `pull.stream$` of RxDB emits."""

    collection = fields.String(required=True)
    documents = fields.List(fields.Dict(), required=True)
    checkpoint = fields.Nested(Checkpoint, required=True)


class Resync(Strict):
    """The collection has to pull: emit `RESYNC` into `pull.stream$`."""

    collection = fields.String(required=True)
