"""Which web apps may call from a browser: one rule for HTTP, live streams and sockets.

The rule: an origin that is listed in ALLOWED_ORIGINS, or one whose host is the server's own. The latter is what native
apps send (React Native's WebSocket takes the server's host, with a scheme of its own choice). No cookies are used, so
a web page has no rights but those of the token it sends.
"""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import orjson
from flask import Flask, Response, request

ANY = "*"
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://(\*\.)?([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
DEFAULT_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}
LABELS = 2  # labels that must follow a wildcard: nobody means all of `https://*.org`

METHODS = "DELETE, GET, HEAD, PATCH, POST, PUT"
EXPOSED = "Allow, ETag, Retry-After, WWW-Authenticate"  # answer headers that a web app may read
MAX_AGE = 7200  # seconds that a browser may remember the answer to a preflight; Chromium takes no more


def problem(entry: str) -> str | None:
    """Return a sentence on what is wrong with an entry of ALLOWED_ORIGINS, or None."""
    if entry == ANY or (_canonical(entry) == entry and _is_origin(entry)):
        return None
    meant = _canonical(entry)
    if meant != entry and _is_origin(meant):
        return f"Write {meant} instead of {entry!r}."
    return f"{entry!r} is no origin; write one such as https://app.example.org or https://*.example.org, or * for all."


class Origins:
    """The web apps that may call."""

    def __init__(self, allowed: Sequence[str]) -> None:
        """Take entries of ALLOWED_ORIGINS for which ``problem`` is None."""
        self._any = ANY in allowed
        self._pattern = re.compile("|".join(map(_pattern, allowed)) or r"(?!)")

    def allows(self, origin: str | None, host: str) -> bool:
        """Tell whether pages of an origin may call a server that is called by this host, port included.

        An origin of None is not allowed: the client sent none, and is no web page.
        """
        if origin is None:
            return False
        return self._any or self._pattern.fullmatch(origin) is not None or _is_own(origin, host)

    def serve(self, app: Flask) -> None:
        """Answer preflights for every path, and let pages that may call read every answer."""
        app.before_request(self._preflight)
        app.after_request(self._shared)

    def _preflight(self) -> Response | None:
        """Answer a browser that asks whether it may send a request."""
        if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
            return None
        if not self._allows_this():
            origin = request.headers.get("Origin", "")[:200]
            message = "Pages of this origin may not call: the server's ALLOWED_ORIGINS does not list it."
            body = {"error": {"code": "forbidden", "message": message, "details": {"origin": origin}}}
            return Response(orjson.dumps(body), 403, mimetype="application/json")
        response = Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "")
        response.headers["Access-Control-Max-Age"] = str(MAX_AGE)
        return response

    def _shared(self, response: Response) -> Response:
        """Let a page that may call read an answer."""
        response.vary.add("Origin")
        if self._allows_this():
            response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        return response

    def _allows_this(self) -> bool:
        return self.allows(request.headers.get("Origin"), request.host)


def _canonical(entry: str) -> str:
    """Return an entry as a browser would send it: in lower case, without path, spaces or default port."""
    text = entry.strip().lower()
    try:
        parts = urlsplit(f"https://{text}" if "://" not in text and "." in text else text)
    except ValueError:
        return entry
    return f"{parts.scheme}://{parts.netloc.removesuffix(DEFAULT_PORTS.get(parts.scheme, '/'))}"


def _is_origin(text: str) -> bool:
    found = ORIGIN.fullmatch(text)
    return found is not None and not (found[1] and found[2].count(".") < LABELS - 1)


def _pattern(entry: str) -> str:
    """Return the regular expression of an entry; a wildcard stands for one label or several."""
    return re.escape(entry).replace(r"\*\.", r"([a-z0-9_-]+\.)+", 1)


def _is_own(origin: str, host: str) -> bool:
    """Tell whether an origin is on the server's own host, with any scheme."""
    scheme, _, authority = origin.lower().partition("://")
    unsaid = DEFAULT_PORTS.get(scheme, ":")
    return bool(authority) and authority.removesuffix(unsaid) == host.lower().removesuffix(unsaid)
