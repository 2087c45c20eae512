"""Which web apps may call from a browser: one rule for HTTP, live streams and sockets.

An origin is allowed if ALLOWED_ORIGINS lists it, or if its host is the server's own. Native apps send the latter: React
Native's WebSocket sends an origin with the server's host and a scheme of its own choice. No cookies are used, so a web
page has only the rights of the token that it sends.

The developer of a page that may not call can read the refusal. Browsers hide an answer without CORS headers, and hide
the status of a refused WebSocket handshake. So the refusal has CORS headers, and Socket.IO refuses a socket.
"""

import re
from collections.abc import Sequence

import structlog
from flask import Flask, Response, request

from schemas.errors import Forbidden
from server.limits.pacing import Pacing, connection_of
from server.web.origin_entries import ANY, DEFAULT_PORTS, pattern

log = structlog.get_logger()


METHODS = "DELETE, GET, HEAD, PATCH, POST, PUT"
EXPOSED = "Allow, ETag, Retry-After, WWW-Authenticate"  # answer headers that a web app may read
MAX_AGE = 7200  # seconds that a browser may remember the answer to a preflight; Chromium takes no more
LOGGED_ORIGINS = 100  # refused origins that a worker logs, each once
LONGEST_ORIGIN = 200  # characters of a refused origin that are answered and logged


class Origins:
    """The web apps that may call."""

    def __init__(self, allowed: Sequence[str]) -> None:
        """Take entries of ALLOWED_ORIGINS for which ``problem`` is None."""
        self._any = ANY in allowed
        self._pattern = re.compile("|".join(map(pattern, allowed)) or r"(?!)")
        self._refused: set[str] = set()  # the refused origins that have been logged

    def allows(self, origin: str | None, host: str) -> bool:
        """Tell whether pages of an origin may call this server. ``host`` is the Host header, with the port.

        An origin of None is not allowed: a client that sends no origin is no web page.
        """
        if origin is None:
            return False
        return self._any or self._pattern.fullmatch(origin) is not None or _is_own(origin, host)

    def require(self, origin: str | None, host: str) -> None:
        """Raise Forbidden, which names the setting, for a page that may not call. Each such origin is logged once.

        A client that sends no origin is no web page, and is not refused here.
        """
        if origin is None or self.allows(origin, host):
            return
        shown = origin[:LONGEST_ORIGIN]
        if shown not in self._refused and len(self._refused) < LOGGED_ORIGINS:
            self._refused.add(shown)
            log.warning("a web app was refused: ALLOWED_ORIGINS does not list its origin", origin=shown)
        message = f"Pages of {shown} may not call: the server's setting ALLOWED_ORIGINS does not list this origin."
        raise Forbidden(message, field="Origin", origin=shown, setting="ALLOWED_ORIGINS")

    def serve(self, app: Flask, pacing: Pacing) -> None:
        """Answer preflights for every path, refuse pages that may not call, and let pages read every answer."""
        app.before_request(self._preflight)
        app.before_request(lambda: self._require_page(pacing))
        app.after_request(_readable)

    def _preflight(self) -> Response | None:
        """Answer every preflight with yes: a page that may not call is refused by the answer to the request itself."""
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "")
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE)
        return response

    def _require_page(self, pacing: Pacing) -> None:
        try:
            self.require(request.headers.get("Origin"), request.host)
        except Forbidden:
            pacing.wait_for_connection(connection_of(request.environ), 0)
            raise


def _readable(response: Response) -> Response:
    """Add the CORS headers that let a page read the answer. A page that may not call can read only its refusal."""
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
    return response


def _is_own(origin: str, host: str) -> bool:
    """Tell whether an origin is on the server's own host, with any scheme."""
    scheme, _, authority = origin.lower().partition("://")
    unsaid = DEFAULT_PORTS.get(scheme, ":")
    return bool(authority) and authority.removesuffix(unsaid) == host.lower().removesuffix(unsaid)
