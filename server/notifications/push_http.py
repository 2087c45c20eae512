"""HTTP to push services: one pool of connections for each service, short times, small answers, no redirects."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpcore
import orjson

from server.notifications.provider import Retry

TIMEOUT = 3.0  # seconds to connect, to send, and for each part of the answer
LARGEST = 8 * 1024  # bytes of an answer that are read
LONGEST_WAIT = 3600.0  # seconds: a longer Retry-After is not believed
OVERLOADED, BROKEN = 429, 500  # status codes; from BROKEN on the service has a fault


class Answer(NamedTuple):
    """The answer of a push service."""

    status: int
    headers: Mapping[str, str]  # with small letters
    body: bytes

    @property
    def retry_after(self) -> float:
        """The seconds of the header Retry-After, or 0 if it is missing or a date."""
        text = self.headers.get("retry-after", "")
        return min(float(text), LONGEST_WAIT) if text.isdecimal() else 0.0

    def json(self) -> dict[str, Any]:
        """Return the JSON object of the body, or {} if it is none."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


class PushHttp:
    """A pool of connections to push services."""

    def __init__(self, connections: int, network: httpcore.NetworkBackend | None = None) -> None:
        """Take how many connections there may be at once; several requests go over one by HTTP/2."""
        self._pool = httpcore.ConnectionPool(
            httpcore.default_ssl_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=300.0,
            http1=True,
            http2=True,
            network_backend=network,
        )

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request and return the answer; raises Retry if there is none, or it says that there is none now."""
        times = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            with self._pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": times}) as answer:
                found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                text = b""
                for part in answer.iter_stream():
                    text += part
                    if len(text) >= LARGEST:
                        break
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            raise Retry(type(error).__name__) from error
        return Answer(answer.status, found, text)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def require_served(answer: Answer) -> None:
    """Raise Retry if a service is overloaded or has a fault."""
    if answer.status >= BROKEN:
        raise Retry(f"status {answer.status}", answer.retry_after)
    if answer.status == OVERLOADED:
        raise Retry(f"status {answer.status}", answer.retry_after, is_whole=False)
