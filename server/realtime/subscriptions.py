"""Live changes over Socket.IO: one stream for each collection that a phone subscribes to."""

from collections.abc import Callable
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from schemas.errors import NotYet, Problem
from schemas.rxdb import Subscribe
from schemas.table import Table
from server.commands.context import Caller
from server.realtime.change_streams import Stream
from server.realtime.collection_streams import CollectionStreams
from server.validation import loaded
from sync.client_databases.rxdb import collection
from sync.record import Wire

log = structlog.get_logger()

AGAIN = 5.0  # seconds after which a phone whose stream was ended is disconnected: phones may end each other's streams

_subscribe = Subscribe()


class Subscriptions:
    """The collections that connected phones have subscribed to."""

    def __init__(self, server: Any, broadcast: CollectionStreams) -> None:
        """Take python-socketio's server."""
        self._io, self._broadcast = server, broadcast
        self._streams: dict[str, dict[str, Stream]] = {}  # by Socket.IO session id and collection

    def subscribe(self, sid: str, caller: Callable[[], Caller], body: Any) -> Wire:
        """Send the live changes of a collection from now on; raises a Problem or PyMongoError.

        ``caller`` returns the caller of the connection, and raises Unauthenticated once the token has expired.
        """
        asked = loaded(_subscribe, body)
        table = collection(asked["collection"])
        streams = self._streams.setdefault(sid, {})
        if table.kind in streams:
            streams.pop(table.kind).close()
        try:
            stream = self._broadcast.stream(caller(), table)
        except (NotYet, PyMongoError):
            self._io.disconnect(sid)  # clients ignore the answer, but subscribe again when they reconnect
            raise
        streams[table.kind] = stream
        self._io.start_background_task(self._send, sid, caller, table, stream, asked["fields_"])
        return {}

    def _is_current(self, sid: str, table: Table, stream: Stream) -> bool:
        """Tell whether a phone is connected, and this is its stream of a collection: nothing has taken its place."""
        return self._streams.get(sid, {}).get(table.kind) is stream

    def end(self, sid: str) -> None:
        """End the streams of a phone that has disconnected."""
        for stream in self._streams.pop(sid, {}).values():
            stream.close()

    def _send(self, sid: str, caller: Callable[[], Caller], table: Table, stream: Stream, fields: Any) -> None:
        """Send pages until the phone has disconnected.

        An error, and a stream that was ended because there are too many, end the connection too: the phone reconnects,
        and subscribes again. It would wait in vain otherwise.
        """
        self._io.emit("sync:resync", {"collection": table.kind}, to=sid)
        try:
            for page in stream.pages(caller):
                if page is not None:
                    self._io.emit("sync:changes", self._broadcast.changes(caller(), table, fields, page), to=sid)
            if self._is_current(sid, table, stream):
                self._io.sleep(AGAIN)
                if self._is_current(sid, table, stream):
                    self._io.disconnect(sid)
        except Problem:
            self._io.disconnect(sid)
        except Exception:
            log.exception("a subscription failed")
            self._io.disconnect(sid)
