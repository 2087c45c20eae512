"""HTTP to push services: connections that are kept alive, short timeouts, small answers, no redirects."""

import ssl
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple

import httpcore
import orjson

from server.notifications.provider import Retry
from server.notifications.push_hosts import NoAddress

TIMEOUT = 3.0  # seconds to connect, to send, and for each part of the answer
KEPT_FOR = 300.0  # seconds that a connection is kept without a request
MOST_IDLE = 32  # pools that are kept while no request uses them
HOSTS_OF_A_POOL = 4  # connections of one pool: to different hosts
LARGEST = 8 * 1024  # bytes of an answer that are read
LONGEST_WAIT = 3600.0  # seconds: a longer Retry-After is not believed
OVERLOADED, BROKEN = 429, 500  # status codes; from BROKEN on the service has a fault


class Answer(NamedTuple):
    """The answer of a push service."""

    status: int
    headers: Mapping[str, str]  # {name in lower case: value}
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
    """Connections to push services.

    With HTTP/1.1 each request has its pool of connections for itself: httpcore's pool closes connections that another
    thread has just begun to use (measured: one of 40 requests of 8 threads). With HTTP/2 all requests share one.
    """

    def __init__(self, *, http2: bool = False, network: httpcore.NetworkBackend | None = None) -> None:
        """Take ``http2``: True for a service that speaks HTTP/2 and wants one connection only."""
        self._http2, self._network = http2, network
        self._idle: deque[httpcore.ConnectionPool] = deque()
        self._lock, self._requests, self._is_closed = threading.Lock(), 0, False  # requests of the shared pool

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        """The certificates that are trusted; read when they are first needed, as that takes a while."""
        return httpcore.default_ssl_context()

    @cached_property
    def _shared(self) -> httpcore.ConnectionPool:
        """The one pool with HTTP/2."""
        return self._pool()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a request and return the answer; raises Retry if there is none."""
        times = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        try:
            with (
                self._shared_pool() if self._http2 else self._own_pool() as pool,
                pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": times}) as answer,
            ):
                found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
                text = _read(answer)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            is_whole = not isinstance(error, NoAddress | httpcore.LocalProtocolError)
            raise Retry(type(error).__name__, is_whole=is_whole) from error
        return Answer(answer.status, found, text)

    def close(self) -> None:
        """Close the connections; one that requests use is closed by the last of them."""
        with self._lock:
            self._is_closed = True
            idle = [*self._idle]
            self._idle.clear()
        for pool in idle:
            pool.close()
        self._close_unused()

    def _close_unused(self) -> None:
        """Close the shared pool if it was made and no request uses it: closing it would end running requests."""
        with self._lock:
            if self._is_closed and not self._requests and "_shared" in vars(self):
                self._shared.close()

    @contextmanager
    def _shared_pool(self) -> Iterator[httpcore.ConnectionPool]:
        """Give the shared pool to one request."""
        with self._lock:
            self._requests += 1
            shared = self._shared
        try:
            yield shared
        finally:
            with self._lock:
                self._requests -= 1
            self._close_unused()

    @contextmanager
    def _own_pool(self) -> Iterator[httpcore.ConnectionPool]:
        """Give a pool for one request; the pools that were used last are kept."""
        try:
            pool = self._idle.pop()
        except IndexError:
            pool = self._pool()
        try:
            yield pool
        finally:
            with self._lock:
                is_kept = not self._is_closed and len(self._idle) < MOST_IDLE
                if is_kept:
                    self._idle.append(pool)
            if not is_kept:
                pool.close()

    def _pool(self) -> httpcore.ConnectionPool:
        most = 1 if self._http2 else HOSTS_OF_A_POOL
        return httpcore.ConnectionPool(
            self._certificates,
            max_connections=most,
            max_keepalive_connections=most,
            keepalive_expiry=KEPT_FOR,
            http2=self._http2,
            network_backend=self._network,
        )


def _read(answer: httpcore.Response) -> bytes:
    """Return the body of an answer, LARGEST bytes at most."""
    text = b""
    for part in answer.iter_stream():
        text += part
        if len(text) >= LARGEST:
            break
    return text[:LARGEST]


def require_served(answer: Answer) -> None:
    """Raise Retry if a service is overloaded or has a fault."""
    if answer.status >= BROKEN:
        raise Retry(f"status {answer.status}", answer.retry_after)
    if answer.status == OVERLOADED:
        raise Retry(f"status {answer.status}", answer.retry_after, is_whole=False)
