"""The endpoints for WatermelonDB."""

from collections.abc import Collection, Iterator

import orjson
from flask import Response

from schemas import watermelondb as shapes
from schemas.base import LAST_SEQ
from schemas.errors import BadRequest
from schemas.table import TABLES, Table
from server.backend import Backend
from server.validation import loaded
from server.web.endpoint import API, LARGEST_BODY, Endpoint, Request
from sync.client_databases import app_schemas, watermelondb_push
from sync.client_databases.unknown_names import require_known
from sync.client_databases.watermelondb import NO_MIGRATION, Migration, WatermelonDB
from sync.ports import Reader
from sync.record import Wire

WATERMELONDB = f"{API}/adapters/watermelondb"
TAG = "WatermelonDB"
CHUNK = 64 * 1024  # bytes of JSON that are sent at once


def endpoints(backend: Backend, watermelon: WatermelonDB) -> list[Endpoint]:
    """Return the endpoints for the schema of an app, pull, and push."""
    return [_schema(), _pull(watermelon), _push(backend, watermelon)]


def _schema() -> Endpoint:
    def run(_: Request) -> Wire:
        return app_schemas.watermelondb(TABLES.values())

    about = "What `appSchema` and `tableSchema` are made from."
    return Endpoint("GET", f"{WATERMELONDB}/schema", about, run, shapes.RowSchema, tag=TAG, public=True)


def _pull(watermelon: WatermelonDB) -> Endpoint:
    def run(request: Request) -> Response:
        asked = request.args
        last, tables = _number(asked["last_pulled_at"]), _tables(asked.get("tables"))
        pieces = watermelon.pull(request.caller, last, _migration(asked["migration"]), tables)
        return _streamed(_chunks(watermelon.reader, pieces))

    about = "What `pullChanges` returns."
    return Endpoint("GET", f"{WATERMELONDB}/sync", about, run, shapes.PulledRows, query=shapes.PullRows, tag=TAG)


def _push(backend: Backend, watermelon: WatermelonDB) -> Endpoint:
    def run(request: Request) -> Wire:
        last = _number(request.queried(shapes.PushRows)["last_pulled_at"])
        with watermelon.reader.consistent():
            names, seen = watermelon.standing(request.caller, last)
        for read in (watermelondb_push.calls_for_help, watermelondb_push.read):
            watermelondb_push.push(backend, watermelon.reader, request.caller, names, read(request.body), seen)
        return {}

    about = "What `pushChanges` sends. A conflict means: pull, then push again."
    return Endpoint(
        "POST",
        f"{WATERMELONDB}/sync",
        about,
        run,
        shapes.Stored,
        shapes.Rows,
        shapes.PushRows,
        tag=TAG,
        largest=LARGEST_BODY,
    )


def _number(text: str) -> int | None:
    """Return WatermelonDB's cursor; None at the first pull, where it is null, 0 or missing. Raises BadRequest."""
    if text in {"", "0", "null", "undefined"}:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LAST_SEQ)) and int(text) <= LAST_SEQ):
        raise BadRequest("last_pulled_at: Send the timestamp of the last pull, or null.", field="last_pulled_at")
    return int(text)


def _tables(text: str | None) -> Collection[Table]:
    """Return the tables that a pull names, in the order of the schema; all tables for None. Raises BadRequest."""
    names = TABLES if text is None else text.split(",")
    require_known(names)
    return [table for table in TABLES.values() if table.kind in names]


def _migration(text: str) -> Migration:
    """Read ``{from, tables, columns: [{table, columns}]}``; 'null' and '' mean no migration. Raises BadRequest."""
    if text in {"", "null"}:
        return NO_MIGRATION
    try:
        given = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            "migration: Send null, or {from, tables, columns: [{table, columns}]} as JSON.", field="migration"
        ) from error
    shaped = loaded(shapes.Migrated(), given, "migration")
    columns: dict[str, frozenset[str]] = {}
    for of in shaped["columns"]:
        columns[of["table"]] = columns.get(of["table"], frozenset()) | frozenset(of["columns"])
    return Migration(frozenset(shaped["tables"]), columns)


def _streamed(chunks: Iterator[bytes]) -> Response:
    """Return a response that is sent while it is built. Errors in its first two chunks still get an error answer."""
    first = next(chunks)
    second = next(chunks, None)
    if second is None:
        return _plain(first)

    def rest() -> Iterator[bytes]:
        yield first
        yield second
        yield from chunks

    return Response(rest(), mimetype="application/json")


def _chunks(reader: Reader, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Join pieces into chunks of CHUNK bytes or more. Each chunk is read in one block of consistent reads."""
    while True:
        chunk = bytearray()
        with reader.consistent():
            while len(chunk) < CHUNK and (piece := next(pieces, None)) is not None:
                chunk += piece
        if not chunk:
            return
        yield bytes(chunk)


def _plain(body: bytes) -> Response:
    return Response(body, mimetype="application/json")
