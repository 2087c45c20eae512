"""The live changes of collections, written as RxDB takes them."""

from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson

from schemas.table import Table
from server.adapters.live import Bells, Stream
from server.adapters.reader import Page, Reader
from server.adapters.rxdb import document, only, sealed
from server.command import Caller
from server.errors import Problem
from server.records import Wire
from server.tokens import Tokens


class Broadcast:
    """The live changes of collections, as RxDB takes them."""

    def __init__(self, reader: Reader, tokens: Tokens) -> None:
        self._reader, self._tokens = reader, tokens
        self.bells = Bells()

    def stream(self, caller: Caller, table: Table) -> Stream:
        """Return the live changes of a collection from now on."""
        return Stream(self._reader, self.bells, caller.user, table)

    def changes(self, caller: Caller, table: Table, fields: Collection[str] | None, page: Page) -> Wire:
        """Return a page as ``{collection, documents, checkpoint}``."""
        documents = only([document(row) for row in page.rows], fields)
        checkpoint = sealed(self._tokens, caller, table, page.checkpoint)
        return {"collection": table.kind, "documents": documents, "checkpoint": checkpoint}

    def events(
        self, caller: Caller, table: Table, write: Callable[[Page], Wire], require_leave: Callable[[], Any]
    ) -> Iterator[bytes]:
        """Give the live changes as Server-Sent Events, until the caller may not have them any more.

        ``write`` turns a page into JSON. The first comes when nothing can be missed any more: a client that pulls
        from then on has everything.
        """
        try:
            for page in self.stream(caller, table).pages(require_leave):
                yield b": nothing new\n\n" if page is None else b"data: " + orjson.dumps(write(page)) + b"\n\n"
        except Problem:
            return
