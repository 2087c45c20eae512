"""The endpoints for rxdb-server's client plugin, `replicateServer()`: an app needs no code of its own.

Source: rxdb-server 15.22, `plugins/replication-server`. It differs from `replicateRxCollection()` in its paths, which
end in the version of the app's schema, and in its checkpoint, `{id, lwt}`, which travels in the query string. Only the
status 426 makes the plugin stop, so 426 is also the answer when the client database has to start over.
"""

import orjson
from flask import Response

from schemas import rxdb as shapes
from schemas.errors import NotFound, Outdated, ResyncRequired
from schemas.table import VERSION, Table
from server.accounts.devices import Devices
from server.commands.context import Clock
from server.realtime.collection_streams import CollectionStreams
from server.web.endpoint import EVENTS, LARGEST_BODY, Endpoint, Request
from server.web.rxdb import COLLECTION, given, streamed
from sync.client_databases.pager import Page
from sync.client_databases.rxdb import RxDB, collection
from sync.record import Wire

VERSIONED = f"{COLLECTION}/<version>"
TAG = "rxdb-server"
DIGITS = 9  # the version in a path must have fewer digits


def endpoints(rx: RxDB, broadcast: CollectionStreams, devices: Devices, now: Clock) -> list[Endpoint]:
    """Return the endpoints for pull, push, and live changes."""
    return [_pull(rx, now), _push(rx), _stream(broadcast, devices, now)]


def _pull(rx: RxDB, now: Clock) -> Endpoint:
    def run(request: Request) -> Wire:
        asked, table = request.args, _versioned(request)
        sent = {"cursor": asked["id"]} if asked["id"] else None
        try:
            documents, reached = rx.pull(request.caller, table, sent, asked["limit"])
        except ResyncRequired as error:
            raise Outdated("This client database was away for too long; remove it and start over.") from error
        checkpoint = _numbered(reached, now) if documents and reached else {"id": asked["id"], "lwt": asked["lwt"]}
        return {"documents": documents, "checkpoint": checkpoint}

    about = "Documents, as `replicateServer` pulls them."
    return Endpoint("GET", f"{VERSIONED}/pull", about, run, shapes.PulledNumbered, query=shapes.PullNumbered, tag=TAG)


def _push(rx: RxDB) -> Endpoint:
    def run(request: Request) -> Response:
        request.queried(shapes.Nothing)
        masters = rx.push(request.caller, _versioned(request), given(request))
        return Response(orjson.dumps(masters), mimetype="application/json")

    about, shape = "Documents, as `replicateServer` pushes them.", shapes.PushedDocument(many=True)
    answer = shapes.Document(many=True)
    return Endpoint("POST", f"{VERSIONED}/push", about, run, answer, shape, tag=TAG, largest=LARGEST_BODY)


def _stream(broadcast: CollectionStreams, devices: Devices, now: Clock) -> Endpoint:
    def run(request: Request) -> Response:
        request.queried(shapes.Token)
        caller, table = request.caller, _versioned(request)

        def write(page: Page) -> Wire:
            changes = broadcast.changes(caller, table, None, page)
            return {"documents": changes["documents"], "checkpoint": _numbered(changes["checkpoint"], now)}

        return streamed(broadcast.stream(caller, table), write, lambda: devices.caller(request.token))

    about, path = "Live changes, as `replicateServer` hears them.", f"{VERSIONED}/pullStream"
    return Endpoint("GET", path, about, run, shapes.LiveNumbered, query=shapes.Token, tag=TAG, media=EVENTS)


def _numbered(checkpoint: Wire, now: Clock) -> Wire:
    return {"id": checkpoint["cursor"], "lwt": now()}


def _versioned(request: Request) -> Table:
    """Return the collection if the app's schema has the server's version; raises NotFound or Outdated."""
    version = request.path["version"]
    if not (version.isascii() and version.isdigit() and len(version) < DIGITS) or int(version) > VERSION - 1:
        raise NotFound("There is no such version of the schemas yet.", field="version", version=VERSION - 1)
    if int(version) < VERSION - 1:
        raise Outdated("The app's schemas are too old; install a newer app.", field="version", version=VERSION - 1)
    return collection(request.path["collection"])
