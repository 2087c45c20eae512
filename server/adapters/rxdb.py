"""RxDB: what `replicateRxCollection` pulls and pushes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from schemas.table import TABLES, Table
from server.adapters import pointers
from server.adapters.checkpoints import Checkpoint, Place
from server.adapters.echoes import Echoes
from server.adapters.names import Names
from server.adapters.places import Shown, located, shown
from server.adapters.reader import Reader
from server.adapters.rows import differs
from server.adapters.wishes import Pushed, grant, written_at
from server.backend import Backend
from server.command import Caller
from server.desk import Desk
from server.errors import BadRequest, NotFound
from server.records import Key, Wire
from server.store.feed import Feed
from server.tokens import Tokens

LONGEST = 1000  # characters of an id that is worth answering

Document = Mapping[str, Any]


class Given(NamedTuple):
    """One row of a push."""

    new: Document
    assumed: Document | None  # what the client believed to be here; None: nothing


class RxDB:
    """Pull and push, for one collection at a time."""

    def __init__(self, backend: Backend, reader: Reader, feed: Feed, tokens: Tokens) -> None:
        self._backend, self._reader, self._feed, self._tokens = backend, reader, feed, tokens
        self._echoes = Echoes(backend.now)

    def pull(self, caller: Caller, table: Table, given: Wire | None, limit: int) -> tuple[list[Wire], Wire | None]:
        """Return the next documents, and the checkpoint after them; raises BadRequest or ResyncRequired."""
        page = self._reader.page(caller.user, table, self._opened(caller, table, given), limit)
        if not page.rows:
            return [], given
        echoes = self._echoes.among(caller.device, table, [row.cells["id"] for row in page.rows])
        if echoes:
            self._backend.together(caller, [], lambda desk: _again(desk, table, echoes))
        return [document(row) for row in page.rows], sealed(self._tokens, caller, table, page.checkpoint)

    def push(self, caller: Caller, table: Table, rows: Sequence[Given]) -> list[Wire]:
        """Store what can be stored, and return the master states of the documents that were not what was assumed."""
        names = self._reader.names(caller.user)
        ids = [_id(given.new, at) for at, given in enumerate(rows)]
        spaces = [given.new.get("space") for given in rows]
        found = located(self._feed, names, table, list(zip(ids, spaces, strict=True)))
        ordered = sorted(zip(found, rows, strict=True), key=lambda pair: _written_at(table, pair[1]))

        def work(desk: Desk) -> list[Wire]:
            judged = [_judge(desk, names, table, key, given) for key, given in ordered]
            return [master for master in judged if master is not None]

        with self._echoes.of(caller.device, table, ids):
            return self._backend.together(caller, [key for key in found if key is not None], work)

    def _opened(self, caller: Caller, table: Table, given: Wire | None) -> Checkpoint:
        """Return what stands in a checkpoint; raises BadRequest for any but this user's, of this collection."""
        cursor = None if given is None else given["cursor"]
        vector = self._tokens.vector(caller.user, cursor, _scope(table))
        return {space: Place(*place) for space, place in vector.items()}


def collection(name: str) -> Table:
    """Return the table of a collection; raises NotFound."""
    if name not in TABLES:
        raise NotFound("There is no such collection.", field="collection", collections=list(TABLES))
    return TABLES[name]


def sealed(tokens: Tokens, caller: Caller, table: Table, checkpoint: Checkpoint) -> Wire:
    """Return a checkpoint as the client keeps it: an object."""
    return {"cursor": tokens.cursor(caller.user, checkpoint, _scope(table))}


def document(row: Shown) -> Wire:
    """Return a row as RxDB has it: what is deleted has all fields, and nothing in them."""
    return {**row.cells, "_deleted": row.deleted}


def only(documents: list[Wire], fields: Collection[str] | None) -> list[Wire]:
    """Return documents with no other fields than an app has declared."""
    if not fields:
        return documents
    kept = {*fields, "id", "_deleted"}
    return [{name: value for name, value in document.items() if name in kept} for document in documents]


def _judge(desk: Desk, names: Names, table: Table, key: Key | None, given: Given) -> Wire | None:
    """Do what one row asks for, or return the master state that it did not know of."""
    record = desk.get(key) if key is not None else None
    master = None if record is None else document(shown(table, record, names))
    new, assumed = given
    known = {*new, *(assumed or {})} & table.writable
    if master is not None and not any(_same(table, master, state, known) for state in (new, assumed) if state):
        return master
    deleted = bool(new.get("_deleted"))
    if deleted and record is None:
        return None
    cells = {name: new.get(name) for name in _set_by_client(table, given)}
    if not grant(desk, names, Pushed(table, new["id"], key, cells, deleted)):
        pointers.point(desk, table, new["id"])
        pointers.point(desk, table, new["id"], pointers.LATER)
    return None


def _same(table: Table, master: Document, other: Document, columns: set[str]) -> bool:
    """Tell whether two states of a document are the same as far as clients own it."""
    if bool(master.get("_deleted")) != bool(other.get("_deleted")):
        return False
    return bool(master.get("_deleted")) or not differs(table, dict(master), other, columns)


def _set_by_client(table: Table, given: Given) -> set[str]:
    """Return the columns that a client set: all of its own in a new document, those it changed in another."""
    columns = {*given.new, *(given.assumed or {})} & set(table.columns)
    if given.assumed is None:
        return columns & (table.writable | {table.time or ""})
    return differs(table, dict(given.assumed), given.new, columns)


def _written_at(table: Table, given: Given) -> float:
    return 0 if given.assumed else written_at(table, given.new)


def _again(desk: Desk, table: Table, row_ids: list[str]) -> None:
    for row_id in row_ids:
        pointers.point(desk, table, row_id, pointers.LATER)


def _scope(table: Table) -> str:
    return f"rxdb {table.kind}"


def _id(new: Document, at: int) -> str:
    row_id = new.get("id")
    if not isinstance(row_id, str) or not 0 < len(row_id) <= LONGEST:
        raise BadRequest("Every document has an id.", field=f"{at}.newDocumentState.id", limit=LONGEST)
    return row_id
