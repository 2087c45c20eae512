"""Live changes over Socket.IO: one stream for each collection that a phone subscribes to."""

from collections.abc import Callable
from typing import Any

from schemas.rxdb import Subscribe
from server.adapters.broadcast import Broadcast
from server.adapters.live import Stream
from server.adapters.rxdb import collection
from server.command import Caller
from server.errors import Problem
from server.records import Wire
from server.shapes import loaded

_subscribe = Subscribe()


class Subscriptions:
    """What connected phones have subscribed to."""

    def __init__(self, server: Any, broadcast: Broadcast) -> None:
        """Take python-socketio's server."""
        self._io, self._broadcast = server, broadcast
        self._streams: dict[str, dict[str, Stream]] = {}  # by Socket.IO session id and collection

    def subscribe(self, sid: str, caller: Callable[[], Caller], body: Any) -> Wire:
        """Send the live changes of a collection from now on; ``caller`` tells who is on the connection, or raises."""
        asked = loaded(_subscribe, body)
        table = collection(asked["collection"])
        stream = self._broadcast.stream(caller(), table)
        streams = self._streams.setdefault(sid, {})
        if table.kind in streams:
            streams[table.kind].close()
        streams[table.kind] = stream

        def send() -> None:
            self._io.emit("sync:resync", {"collection": table.kind}, to=sid)
            for page in stream.pages(caller):
                if page is not None:
                    changes = self._broadcast.changes(caller(), table, page, asked["fields_"])
                    self._io.emit("sync:changes", changes, to=sid)

        self._io.start_background_task(_until_refused, send)
        return {}

    def end(self, sid: str) -> None:
        """End what a phone that has gone had subscribed to."""
        for stream in self._streams.pop(sid, {}).values():
            stream.close()


def _until_refused(send: Callable[[], None]) -> None:
    """Send until the phone may not listen any more: then its connection ends as well, or it has ended."""
    try:
        send()
    except Problem:
        return
