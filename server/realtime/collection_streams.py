"""The live changes of collections, in the format of RxDB."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson
import structlog

from schemas.errors import Problem
from schemas.table import Table
from server.bus import Bus
from server.commands.context import Caller
from server.realtime.change_streams import ChangeSignals, Stream, StreamLimits
from sync.client_databases.pager import Page, Pager
from sync.client_databases.rxdb import document, only, sealed
from sync.ports import Cursors
from sync.record import Wire

log = structlog.get_logger()


class CollectionStreams:
    """Opens the streams of collections, and writes their pages in the format of RxDB."""

    def __init__(self, pager: Pager, cursors: Cursors, bus: Bus, most: StreamLimits) -> None:
        """Take the limits on the number of streams."""
        self._pager, self._cursors, self._most = pager, cursors, most
        self.signals = ChangeSignals(bus)

    def stream(self, caller: Caller, table: Table) -> Stream:
        """Return the live changes of a collection from now on; the caller must close the stream."""
        return Stream(self._pager, self.signals, caller, table, self._most)

    def changes(self, caller: Caller, table: Table, fields: Collection[str] | None, page: Page) -> Wire:
        """Return a page as ``{collection, documents, checkpoint}``."""
        documents = only([document(row) for row in page.rows], fields)
        checkpoint = sealed(self._cursors, caller, table, page.checkpoint)
        return {"collection": table.kind, "documents": documents, "checkpoint": checkpoint}


def events(stream: Stream, write: Callable[[Page], Wire], require_may_listen: Callable[[], Any]) -> Iterator[bytes]:
    """Yield live changes as Server-Sent Events, until the client may no longer receive them.

    ``write`` returns the JSON object for a page. An error ends the stream. It is logged here, without the request,
    because the request's URL may contain a token.
    """
    try:
        for page in stream.pages(require_may_listen):
            yield b": nothing new\n\n" if page is None else b"data: " + orjson.dumps(write(page)) + b"\n\n"
    except Problem:
        return
    except Exception:
        log.exception("a stream failed")
