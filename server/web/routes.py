"""Serves the endpoints over HTTP: parses the JSON body, runs the endpoint, and answers every error with its code."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import gevent
import orjson
import structlog
from flask import Flask, Response, request
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from schemas.errors import (
    CATALOG,
    BadRequest,
    MethodNotAllowed,
    Problem,
    SecondFactorMissing,
    TooLarge,
    TryLater,
    Unauthenticated,
)
from server.accounts.devices import Devices
from server.accounts.rate_limits import origin
from server.commands.context import Caller
from server.event_loop import share_turn
from server.limits.pacing import Pacing, connection_of
from server.limits.under_way import UnderWay
from server.observability import metrics
from server.observability.security_log import SecurityLog
from server.web.endpoint import EVENTS, Endpoint, Request
from server.web.flask_app import safe
from server.web.origins import Origins
from server.web.refused_bodies import end_connections_of_refused_bodies, is_read
from sync.record import Wire

log = structlog.get_logger()

LOOKED_AT = 0.5  # seconds after which the sign-in of the caller is checked again
TAKEN_WITHIN = 300.0  # seconds in which a client must accept an answer, or a piece of a stream


def serve(
    app: Flask,
    endpoints: Iterable[Endpoint],
    devices: Devices,
    origins: Origins,
    pacing: Pacing,
    under_way: UnderWay,
    security: SecurityLog,
    now: Callable[[], int],
) -> None:
    """Add the endpoints and the error handlers to an app."""
    app.before_request(lambda: _share(pacing))
    origins.serve(app, pacing)
    for endpoint in (_audited(one, security) if one.audited else one for one in endpoints):
        app.add_url_rule(
            endpoint.path,
            endpoint=f"{endpoint.method} {endpoint.path}",
            view_func=partial(_view, endpoint, devices, pacing, under_way, now),
            methods=[endpoint.method],
            provide_automatic_options=False,
        )
    app.register_error_handler(Problem, lambda problem: _failure(problem, now))
    app.register_error_handler(HTTPException, lambda error: _refused(error, now))
    app.register_error_handler(PyMongoError, lambda error: _unavailable(error, now))
    app.register_error_handler(Exception, lambda error: _crashed(error, now))
    app.after_request(safe)
    end_connections_of_refused_bodies(app)


def _audited(endpoint: Endpoint, security: SecurityLog) -> Endpoint:
    """Return an endpoint that notes each of its requests in the security log, with the outcome."""

    def run(asked: Request) -> Wire | Response:
        outcome = "failed"
        try:
            answer = endpoint.run(asked)
            outcome = "ok"
        except Problem as problem:
            outcome = problem.code
            raise
        finally:
            whose = {"by": asked.caller.user, "device": asked.caller.device, "address": origin(asked.address)}
            security.note("staff_request", outcome, request=f"{endpoint.method} {endpoint.path}", **whose)
        return answer

    return replace(endpoint, run=run)


def _share(pacing: Pacing) -> None:
    """Yield to other greenlets, and set the time in which the client must accept the answer.

    Requests for pages and for unknown paths have no caller, so their connection has to wait if it sends too many.
    """
    share_turn()
    if request.url_rule is None or request.blueprint is not None:
        pacing.wait_for_connection(connection_of(request.environ), 0)
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(TAKEN_WITHIN)


def _view(
    endpoint: Endpoint,
    devices: Devices,
    pacing: Pacing,
    under_way: UnderWay,
    now: Callable[[], int],
    **path: str,
) -> Response:
    """Answer a request. The body is read only once the caller is known and the rate limits admit the request."""
    token, began = _token(endpoint), time.monotonic()
    try:
        caller = None if endpoint.public else _caller(endpoint, devices, token)
    except (Unauthenticated, SecondFactorMissing):
        pacing.wait_for_connection(connection_of(request.environ), 0)
        raise
    _require_short(endpoint)
    size = request.content_length or 0
    if caller is None:
        pacing.wait_for_connection(connection_of(request.environ), size)
    else:
        pacing.wait_for_account(caller.user, size)
    name = request.remote_addr or "" if caller is None else caller.user
    leave = under_way.enter(name)
    try:
        with under_way.body(name, size):
            body = _body(endpoint, pacing.body_within, partial(under_way.read, name))
            if caller is not None and time.monotonic() > began + LOOKED_AT:  # it may have been signed out meanwhile
                caller = _caller(endpoint, devices, token)
            address = request.remote_addr or ""
            answer = endpoint.run(Request(endpoint, caller, body, request.args, path, address, request.headers, token))
        return _leaving(_answered(endpoint, answer, now), endpoint, leave)
    except BaseException:
        leave()
        raise


def _caller(endpoint: Endpoint, devices: Devices, token: str) -> Caller:
    return devices.known_caller(token) if endpoint.for_set_up else devices.caller(token)


def _leaving(response: Response, endpoint: Endpoint, leave: Callable[[], None]) -> Response:
    """Call ``leave`` once the client has accepted the answer. Streams have limits of their own, so they leave now."""
    if endpoint.media == EVENTS:
        leave()
    else:
        response.call_on_close(leave)
    return response


def _answered(endpoint: Endpoint, answer: Wire | Response, now: Callable[[], int]) -> Response:
    if isinstance(answer, Response):
        return answer
    if endpoint.query is not None and "cursor" in answer:
        return _page(answer, now)
    if endpoint.may_be_kept:
        return _tagged(answer, now, orjson.dumps(answer), "public, no-cache")
    return _json(answer, now, _status(answer))


def _token(endpoint: Endpoint) -> str:
    """Return the access token of the header, or of the query for a stream: a browser's EventSource sends no header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token
    return request.args.get("token", "") if endpoint.media == EVENTS else ""


def _require_short(endpoint: Endpoint) -> None:
    """Raise TooLarge if the Content-Length is above the limit, or BadRequest if the body is sent without a length."""
    if request.headers.get("Transfer-Encoding"):
        raise BadRequest("Send the body in one piece, with its Content-Length.", field="Transfer-Encoding")
    if (request.content_length or 0) > endpoint.largest:
        raise TooLarge("The body is too long; `details.limit` is the most, in bytes.", limit=endpoint.largest)


def _body(endpoint: Endpoint, seconds: float | None, read: Callable[[bytes], Any]) -> Any:
    """Return the JSON body, or None if the endpoint takes none.

    Raises BadRequest or TooLarge, or TryLater if the body does not arrive in time, or too many large bodies wait.
    """
    if endpoint.body is None:
        return None
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise BadRequest("Send the body uncompressed.", field="Content-Encoding")
    request.max_content_length = endpoint.largest
    try:
        is_read()
        with gevent.Timeout(seconds):
            raw = request.get_data(cache=False)
    except RequestEntityTooLarge as error:
        raise TooLarge(
            "The body is too long; `details.limit` is the most, in bytes.", limit=endpoint.largest
        ) from error
    except gevent.Timeout as error:
        raise TryLater("The body did not arrive in time; send it again.", retry_after=5, limit=seconds) from error
    try:
        return read(raw)
    except orjson.JSONDecodeError as error:
        raise BadRequest("The body is not JSON.", line=error.lineno, column=error.colno) from error


def _status(answer: Wire) -> int:
    """Return the status of an answer: that of its error for the outcome of a refused mutation, else 200."""
    return CATALOG[answer["error"]["code"]].status if "error" in answer else 200


def _page(page: Wire, now: Callable[[], int]) -> Response:
    """Answer a pull; with 304 if nothing is new and the phone sends the ETag of this same cursor."""
    is_quiet = not (page["changes"] or page["gone"] or page["reset"])
    return _tagged(page, now, page["cursor"].encode(), "private, no-cache", may_be_304=is_quiet)


def _tagged(answer: Wire, now: Callable[[], int], content: bytes, cached: str, *, may_be_304: bool = True) -> Response:
    """Answer with an ETag of some content; with 304 if the client sends this same ETag."""
    tag = sha256(content).hexdigest()[:32]
    unchanged = may_be_304 and request.if_none_match.contains_weak(tag)
    response = Response(status=304) if unchanged else _json(answer, now)
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = cached
    return response


def _json(answer: Wire, now: Callable[[], int], status: int = 200) -> Response:
    body = orjson.dumps({**answer, "server_time": now()})
    response = Response(body, status, mimetype="application/json")
    wait = answer["error"]["details"].get("retry_after") if "error" in answer else None
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _failure(problem: Problem, now: Callable[[], int]) -> Response:
    response = _json({"error": problem.body()}, now, problem.status)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _refused(error: HTTPException, now: Callable[[], int]) -> Response:
    """Answer an error of Flask, such as an unknown path, with a code of Beside and with Flask's status."""
    status = error.code or 400
    allowed = error.get_response().headers.get("Allow")
    if allowed:
        problem = MethodNotAllowed(f"Use {allowed} on this path.", allow=allowed.split(", "))
        response = _failure(problem, now)
        response.headers["Allow"] = allowed
        return response
    code = {404: "not_found", 413: "too_large"}.get(status, "bad_request")
    message = f"{error.name}. The API is at /docs."
    return _json({"error": {"code": code, "message": message, "details": {}}}, now, status)


def _crashed(error: Exception, now: Callable[[], int]) -> Response:
    """Answer an unexpected exception, and log it without content. Something may have been stored all the same."""
    log.error("a request failed", path=request.url_rule.rule if request.url_rule else None, exc_info=error)
    return _failure(TryLater("The server made a mistake; repeat this later.", retry_after=5), now)


def _unavailable(error: PyMongoError, now: Callable[[], int]) -> Response:
    metrics.failed(error)
    return _failure(TryLater("The database does not answer.", retry_after=1), now)
