"""The endpoints for RxDB."""

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from flask import Response

from schemas import rxdb as shapes
from schemas.errors import BadRequest, TooLarge
from schemas.table import TABLES
from server.accounts.devices import Devices
from server.realtime.change_streams import Stream
from server.realtime.collection_streams import CollectionStreams, events
from server.web.endpoint import API, EVENTS, LARGEST_BODY, Endpoint, Request
from sync.client_databases import app_schemas
from sync.client_databases.pager import Page
from sync.client_databases.rxdb import LONGEST_ID, PushedRow, RxDB, collection, only
from sync.record import Wire

RXDB = f"{API}/adapters/rxdb"
COLLECTION = f"{RXDB}/<collection>"
TAG = "RxDB"
ROWS = "[{newDocumentState, assumedMasterState}]"


def endpoints(rx: RxDB, broadcast: CollectionStreams, devices: Devices) -> list[Endpoint]:
    """Return the endpoints for the schemas of an app, pull, push, and live changes."""
    return [_schemas(), _pull(rx), _push(rx), _stream(broadcast, devices)]


def _schemas() -> Endpoint:
    def run(_: Request) -> Wire:
        return app_schemas.rxdb(TABLES.values())

    about = "What `addCollections` takes."
    return Endpoint("GET", f"{RXDB}/schemas", about, run, shapes.CollectionSchemas, tag=TAG, public=True)


def _pull(rx: RxDB) -> Endpoint:
    def run(request: Request) -> Wire:
        request.queried(shapes.Nothing)
        asked, table = request.args, collection(request.path["collection"])
        documents, checkpoint = rx.pull(request.caller, table, asked["checkpoint"], asked["batchSize"])
        return {"documents": only(documents, asked["fields_"]), "checkpoint": checkpoint}

    about = "What `pull.handler` returns."
    return Endpoint("POST", f"{COLLECTION}/pull", about, run, shapes.PulledDocuments, shapes.PullDocuments, tag=TAG)


def _push(rx: RxDB) -> Endpoint:
    def run(request: Request) -> Response:
        names = _names(request.queried(shapes.Fields)["fields_"])  # raises before anything is stored
        table = collection(request.path["collection"])
        masters = rx.push(request.caller, table, given(request))
        return Response(orjson.dumps(only(masters, names)), mimetype="application/json")

    about = "What `push.handler` sends; the answer is the conflicts."
    return Endpoint(
        "POST",
        f"{COLLECTION}/push",
        about,
        run,
        shapes.Document(many=True),
        shapes.PushedDocument(many=True),
        shapes.Fields,
        tag=TAG,
        largest=LARGEST_BODY,
    )


def _stream(broadcast: CollectionStreams, devices: Devices) -> Endpoint:
    def run(request: Request) -> Response:
        table, fields = collection(request.path["collection"]), _names(request.args["fields_"])
        write = partial(broadcast.changes, request.caller, table, fields)
        return streamed(broadcast.stream(request.caller, table), write, lambda: devices.caller(request.token))

    about = "What `pull.stream$` emits, as Server-Sent Events."
    return Endpoint(
        "GET",
        f"{COLLECTION}/stream",
        about,
        run,
        shapes.LiveDocuments,
        query=shapes.ListenQuery,
        tag=TAG,
        media=EVENTS,
    )


def streamed(stream: Stream, write: Callable[[Page], Wire], require_may_listen: Callable[[], Any]) -> Response:
    """Return a response that streams changes, and that no proxy buffers. The stream is closed with the response."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    response = Response(events(stream, write, require_may_listen), mimetype=EVENTS, headers=headers)
    response.call_on_close(stream.close)
    return response


def given(request: Request) -> list[PushedRow]:
    """Return the rows of a push; raises BadRequest or TooLarge."""
    if not isinstance(request.body, list):
        field = next(iter(request.body), "")[:LONGEST_ID] if isinstance(request.body, dict) else ""
        raise BadRequest(f"{field}{': ' if field else ''}Send a bare list of rows: {ROWS}.", field=field)
    if len(request.body) > shapes.BATCH:
        raise TooLarge("Send fewer documents at once: set push.batchSize.", limit=shapes.BATCH)
    return [PushedRow(row["newDocumentState"], row["assumedMasterState"]) for row in request.items]


def _names(text: str) -> list[str]:
    return text.split(",") if text else []
