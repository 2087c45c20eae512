"""The pages around the API: one to browse it, its descriptions, the health checks and the metrics."""

import gzip
import hmac
from collections.abc import Callable, Collection
from functools import lru_cache, partial
from pathlib import Path

import brotli
import flask_swagger_ui
import orjson
from flask import Blueprint, Response, abort, redirect, request, send_from_directory
from prometheus_client import CONTENT_TYPE_LATEST
from pymongo.errors import PyMongoError

from schemas.errors import BadRequest
from server.commands.context import Clock
from server.limits.disk import DiskSpace
from server.observability import metrics
from server.store import layout
from server.store.database import Mongo
from server.store.migrations import pending
from server.web.description import asyncapi, openapi
from server.web.endpoint import Endpoint
from server.web.examples import VALID
from sync.record import Wire

HERE = Path(__file__).parent
ALIVE = orjson.dumps({"alive": True})
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),  # of 11: quality 11 blocks the worker for half a second
    "gzip": gzip.compress,
}
ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def pages(
    endpoints: Collection[Endpoint],
    database: Mongo,
    disk: DiskSpace,
    push: Collection[str],
    token: str | None,
    now: Clock,
) -> Blueprint:
    """Return the pages, the health checks, and the metrics, which need the token."""
    blueprint = Blueprint("pages", __name__)
    blueprint.add_url_rule("/openapi.json", "openapi", _described(partial(openapi, endpoints), now))
    blueprint.add_url_rule("/asyncapi.json", "asyncapi", _described(asyncapi, now))
    blueprint.add_url_rule("/docs", "docs", lambda: _page(HERE, "docs.html"))
    blueprint.add_url_rule("/", "home", lambda: redirect("/docs"))
    blueprint.add_url_rule("/docs/", "folder", lambda: redirect("/docs"))
    blueprint.add_url_rule("/docs/start.js", "start", lambda: _page(HERE, "docs.js"))
    blueprint.add_url_rule("/docs/page.css", "style", lambda: _page(HERE, "docs.css"))
    blueprint.add_url_rule("/docs/<path:name>", "assets", lambda name: _page(ASSETS, name))
    blueprint.add_url_rule("/healthz", "healthz", lambda: Response(ALIVE, mimetype="application/json"))
    blueprint.add_url_rule("/readyz", "readyz", lambda: _ready(database, disk, push))
    blueprint.add_url_rule("/metrics", "metrics", lambda: _metrics(token))
    blueprint.add_url_rule("/socket.io/", "polling", _polling)
    return blueprint


def _described(describe: Callable[[int], Wire], now: Clock) -> Callable[[], Response]:
    """Return a view of an API description, built again every VALID ms so that its examples name future times."""

    @lru_cache(maxsize=len(PACKED) + 1)
    def body(encoding: str, at: int) -> bytes:
        plain = orjson.dumps(describe(at))
        return PACKED[encoding](plain) if encoding else plain

    def view() -> Response:
        encoding = request.accept_encodings.best_match(PACKED, "") or ""
        response = Response(body(encoding, now() // VALID * VALID), mimetype="application/json")
        response.vary.add("Accept-Encoding")
        if encoding:
            response.headers["Content-Encoding"] = encoding
        return response

    return view


def _page(folder: Path, name: str) -> Response:
    response = send_from_directory(folder, name)
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _metrics(token: str | None) -> Response:
    """Answer Prometheus if it sends the token; answer 404 to every other client."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is None or not hmac.compare_digest(given.encode(), token.encode()):
        abort(404)
    return Response(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def _polling() -> Response:
    """Refuse a request for the Socket.IO path that is not a WebSocket handshake, and say what to do."""
    message = "Only WebSockets are served here. Set `transports: ['websocket']` in the client. If that is set, a proxy "
    message += "removes the headers Upgrade and Connection: let it pass them on."
    raise BadRequest(message, field="transport")


def _ready(database: Mongo, disk: DiskSpace, push: Collection[str]) -> Response:
    """Answer 200 once phones can be served, else 503.

    The database must answer, have no pending migration, and have the layout of this or an older version.

    A nearly full disk is reported with status 200, because deletes, calls for help and pulls are still served. ``push``
    holds the platforms whose devices can be notified.
    """
    try:
        ready = not pending(database) and layout.stored(database) <= layout.LAYOUT
    except PyMongoError:
        ready = False
    said = {"ready": ready, "disk": "low" if disk.is_low else "ok", "push": list(push)}
    return Response(orjson.dumps(said), 200 if ready else 503, mimetype="application/json")
