"""The caller of each connection. A connection must not outlive its caller's access token."""

from typing import Any

from schemas.errors import Unauthenticated
from server.commands.context import Caller, Clock
from server.observability import metrics

ROUND = 5  # seconds between two searches for tokens that have expired


class Connections:
    """The callers of the connections, by Socket.IO session id."""

    def __init__(self, server: Any, now: Clock) -> None:
        """Take python-socketio's server."""
        self._io, self._now = server, now
        self._by_sid: dict[str, Caller] = {}
        self._watching = False

    def __len__(self) -> int:
        """Return how many phones are connected."""
        return len(self._by_sid)

    def enter(self, sid: str, caller: Caller) -> None:
        """Remember the caller of a new connection."""
        self._by_sid[sid] = caller
        metrics.PHONES.set(len(self._by_sid))
        if not self._watching:
            self._watching = True
            self._io.start_background_task(self._end_expired)

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

    def _end_expired(self) -> None:
        """Disconnect phones whose token has expired."""
        while True:
            self._io.sleep(ROUND)
            now = self._now()
            for sid in [sid for sid, caller in self._by_sid.items() if caller.expires_at <= now]:
                self._io.disconnect(sid)
