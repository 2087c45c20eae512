"""What RxDB talks to."""

from functools import partial

import orjson
from flask import Response

from schemas import adapter
from schemas.table import TABLES
from server.accounts import Accounts
from server.adapters import schemas
from server.adapters.broadcast import Broadcast
from server.adapters.rxdb import Given, RxDB, collection, only
from server.errors import TooLarge
from server.records import Wire
from server.web.endpoint import Endpoint, Request

RXDB = "/api/v1/adapters/rxdb"
COLLECTION = f"{RXDB}/<collection>"
DOCUMENTS = 32 * 1024 * 1024  # bytes of a push of 1,000 documents


def endpoints(rx: RxDB, broadcast: Broadcast, accounts: Accounts) -> list[Endpoint]:
    """Return the endpoints for pulling, pushing, listening, and setting an app up."""

    def pull(request: Request) -> Wire:
        asked, table = request.args, collection(request.path["collection"])
        documents, checkpoint = rx.pull(request.caller, table, asked["checkpoint"], asked["batchSize"])
        return {"documents": only(documents, asked["fields_"]), "checkpoint": checkpoint}

    def push(request: Request) -> Response:
        table = collection(request.path["collection"])
        if isinstance(request.body, list) and len(request.body) > adapter.BATCH:
            raise TooLarge("Send fewer documents at once: set push.batchSize.", limit=adapter.BATCH)
        rows = [Given(row["newDocumentState"], row["assumedMasterState"]) for row in request.items]
        masters = rx.push(request.caller, table, rows)
        documents = only(masters, _names(request.queried(adapter.RxFields)["fields_"]))
        return Response(orjson.dumps(documents), mimetype="application/json")

    def stream(request: Request) -> Response:
        table, fields = collection(request.path["collection"]), _names(request.args["fields_"])
        events = broadcast.events(request.caller, table, fields, lambda: accounts.caller(request.token))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Response(events, mimetype="text/event-stream", headers=headers)

    described = partial(Endpoint, tag="RxDB")
    return [
        described(
            "GET",
            f"{RXDB}/schemas",
            "What `addCollections` takes.",
            lambda _: schemas.rxdb(TABLES.values()),
            adapter.RxSchemas,
        ),
        described("POST", f"{COLLECTION}/pull", "What `pull.handler` returns.", pull, adapter.RxPage, adapter.RxPull),
        described(
            "POST",
            f"{COLLECTION}/push",
            "What `push.handler` sends; the answer is the conflicts.",
            push,
            adapter.RxDocument(many=True),
            adapter.RxRow(many=True),
            adapter.RxFields,
            largest=DOCUMENTS,
        ),
        described(
            "GET",
            f"{COLLECTION}/stream",
            "What `pull.stream$` emits, as Server-Sent Events.",
            stream,
            adapter.RxChanges,
            query=adapter.RxStream,
            media="text/event-stream",
        ),
    ]


def _names(text: str) -> list[str]:
    return text.split(",") if text else []
