"""The caller of each connection. A connection must not outlive its caller's access token or its device's sign-in.

When a device is signed out, a message on the bus disconnects it at once. The bus may lose messages, so every worker
also looks up all its connected devices every few seconds.
"""

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import Unauthenticated
from server.commands.context import Caller, Clock
from server.event_loop import give_way
from server.observability import metrics

log = structlog.get_logger()

ROUND = 5.0  # seconds between two searches for expired tokens and for signed-out devices
STEP = 0.5  # seconds between two checks of whether a search was asked for
LOOKED_UP = 1_000  # devices that are looked up in one query

SignedIn = Callable[[Sequence[str]], set[str]]  # takes device ids, and returns those that are signed in


class Connections:
    """The callers of the connections, by Socket.IO session id."""

    def __init__(self, server: Any, signed_in: SignedIn, now: Clock) -> None:
        """Take python-socketio's server."""
        self._io, self._signed_in, self._now = server, signed_in, now
        self._by_sid: dict[str, Caller] = {}
        self._watching, self._is_early = False, False

    def __len__(self) -> int:
        """Return how many phones are connected."""
        return len(self._by_sid)

    def enter(self, sid: str, caller: Caller) -> None:
        """Remember the caller of a new connection."""
        self._by_sid[sid] = caller
        metrics.PHONES.set(len(self._by_sid))
        if not self._watching:
            self._watching = True
            self._io.start_background_task(self._watch)

    def leave(self, sid: str) -> None:
        """Forget the caller of a connection that has ended."""
        self._by_sid.pop(sid, None)
        metrics.PHONES.set(len(self._by_sid))

    def renew(self, sid: str, caller: Caller) -> None:
        """Take a newer token's caller for an open connection; raises Unauthenticated for another device's token."""
        if caller.device != self._by_sid[sid].device:
            raise Unauthenticated("This token is another device's.", field="token")
        self._by_sid[sid] = caller

    def on(self, sid: str) -> Caller:
        """Return the caller of a connection; raises Unauthenticated once the caller's token has expired."""
        caller = self._by_sid.get(sid)
        if caller is None or caller.expires_at <= self._now():
            raise Unauthenticated("The access token has expired; renew it, or connect again.", field="token")
        return caller

    def look_now(self) -> None:
        """Look for signed-out devices without waiting for the next round: messages of the bus may have been lost."""
        self._is_early = True

    def _watch(self) -> None:
        """Disconnect phones whose token has expired, or whose device is signed out."""
        while True:
            self._pause()
            now = self._now()
            self._disconnect({sid for sid, caller in self._by_sid.items() if caller.expires_at <= now})
            try:
                self._disconnect(self._signed_out())
            except PyMongoError as error:
                metrics.failed(error)
            except Exception:
                log.exception("signed-out devices could not be looked for")

    def _pause(self) -> None:
        """Wait for the next round. python-socketio's own sleep works with greenlets and with threads."""
        end = time.monotonic() + ROUND
        while time.monotonic() < end and not self._is_early:
            self._io.sleep(STEP)
        self._is_early = False

    def _signed_out(self) -> set[str]:
        """Return the connections of devices that are signed out; raises PyMongoError."""
        callers = dict(self._by_sid)
        signed_in = set[str]()
        devices = iter({caller.device for caller in callers.values()})
        while some := list(islice(devices, LOOKED_UP)):
            signed_in |= self._signed_in(some)
            give_way()
        return {sid for sid, caller in callers.items() if caller.device not in signed_in}

    def _disconnect(self, sids: set[str]) -> None:
        for sid in sids:
            self._io.disconnect(sid)
