"""Ending a connection whose large body was refused before it was read.

Gunicorn would read all of it before the next request, piece by piece like a body that is wanted. So the answer says
that the connection ends; and as a connection that is closed while something comes is reset, and most clients then do
not see the answer, what comes is dropped for a moment. Source: `lingering_close` of nginx.
"""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from socket import SHUT_WR
from typing import Any

import gevent
from flask import Flask, Response, g, request

from server.event_loop import share_turn
from server.limits.under_way import LARGE
from server.web.endpoint import LARGEST_BODY

LINGER = 2.0  # seconds in which what comes after a refusal is dropped
FORCE_CLOSE = "beside.force_close"  # in the environ: lets gunicorn close the connection after the answer, and say so


def end_connections_of_refused_bodies(app: Flask) -> None:
    """Let an app end the connections of large bodies that it has not read."""
    inner = app.wsgi_app

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Gunicorn ignores an app's `Connection: close`; its response, to which `start_response` belongs, can be told.
        environ[FORCE_CLOSE] = getattr(getattr(start_response, "__self__", None), "force_close", None)
        return inner(environ, start_response)

    app.wsgi_app = wsgi  # type: ignore[method-assign]
    app.after_request(_end)


def is_read() -> None:
    """Note that the body of the request of now is read."""
    g.is_body_read = True


def _end(response: Response) -> Response:
    connection, force_close = request.environ.get("gunicorn.socket"), request.environ[FORCE_CLOSE]
    is_large = (request.content_length or 0) > LARGE or "Transfer-Encoding" in request.headers
    if connection is not None and force_close is not None and is_large and "is_body_read" not in g:
        force_close()
        response.call_on_close(partial(_linger, connection))
    return response


def _linger(connection: Any) -> None:
    """Drop what comes, LINGER seconds and LARGEST_BODY bytes at most. The answer has been sent."""
    with suppress(OSError, gevent.Timeout), gevent.Timeout(LINGER):
        connection.shutdown(SHUT_WR)
        left = LARGEST_BODY
        while left > 0 and (piece := connection.recv(LARGE)):
            left -= len(piece)
            share_turn()
