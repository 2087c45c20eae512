"""Ends a connection whose large body was refused before it was read.

Gunicorn would otherwise read the whole body before the next request. So the answer says `Connection: close`. TCP resets
a connection that is closed while data still arrives, and most clients then never see the answer. So the server first
reads and drops the data for a moment. Source: `lingering_close` of nginx.
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

LINGER = 2.0  # seconds for which the data that arrives after a refusal is dropped
FORCE_CLOSE = "beside.force_close"  # WSGI environ key of gunicorn's method that closes the connection after the answer


def end_connections_of_refused_bodies(app: Flask) -> None:
    """Make an app end the connections of large bodies that it has not read."""
    inner = app.wsgi_app

    def wsgi(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        # Gunicorn ignores an app's `Connection: close`, but `start_response` is a method of its response object.
        environ[FORCE_CLOSE] = getattr(getattr(start_response, "__self__", None), "force_close", None)
        return inner(environ, start_response)

    app.wsgi_app = wsgi  # type: ignore[method-assign]
    app.after_request(_end)


def is_read() -> None:
    """Note that the app reads the body of the current request."""
    g.is_body_read = True


def _end(response: Response) -> Response:
    connection, force_close = request.environ.get("gunicorn.socket"), request.environ[FORCE_CLOSE]
    is_large = (request.content_length or 0) > LARGE or "Transfer-Encoding" in request.headers
    if connection is not None and force_close is not None and is_large and "is_body_read" not in g:
        force_close()
        response.call_on_close(partial(_linger, connection))
    return response


def _linger(connection: Any) -> None:
    """Drop the data that arrives after the answer, for LINGER seconds and LARGEST_BODY bytes at most."""
    with suppress(OSError, gevent.Timeout), gevent.Timeout(LINGER):
        connection.shutdown(SHUT_WR)
        left = LARGEST_BODY
        while left > 0 and (piece := connection.recv(LARGE)):
            left -= len(piece)
            share_turn()
