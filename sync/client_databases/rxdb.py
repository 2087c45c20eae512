"""RxDB: what `replicateRxCollection` pulls and pushes.

Each row of a push is compared with the server's record, and stored or answered independently of the others.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from schemas.errors import BadRequest, NotFound, NotYet
from schemas.table import TABLES, Table
from sync.client_databases import corrections, push_echoes
from sync.client_databases.batches import chunked, stored
from sync.client_databases.checkpoints import Checkpoint, SpaceCheckpoint
from sync.client_databases.pager import Pager
from sync.client_databases.row_commands import Pushed, grant, references_first, referred_row, written_at
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import Shown, differs, located, shown
from sync.ports import Caller, Commits, Cursors, Reader, UnitOfWork
from sync.record import Key, Wire

LONGEST_ID = 256  # characters of a document id; a longer one is refused
Document = Mapping[str, Any]


class PushedRow(NamedTuple):
    """One row of a push."""

    new: Document
    assumed: Document | None  # the state that the client assumes on the server; None: no document


Pairs = Sequence[tuple[Key | None, PushedRow]]  # rows, each with the key of its record


class RxDB:
    """Pull and push, for one collection at a time."""

    def __init__(self, commits: Commits, pager: Pager, reader: Reader, cursors: Cursors) -> None:
        self._commits, self._pager, self._reader, self._cursors = commits, pager, reader, cursors

    def pull(self, caller: Caller, table: Table, given: Wire | None, limit: int) -> tuple[list[Wire], Wire | None]:
        """Return the next documents, and the checkpoint after them; raises BadRequest or ResyncRequired."""
        page = self._pager.page(caller.user, table, self._opened(caller, table, given), limit)
        if not page.rows:
            return [], given
        with self._reader.consistent():
            echoes = push_echoes.among(self._reader, caller, page.rows, self._commits.now())
        if self._are_sent_again(caller, table, echoes):
            given = sealed(self._cursors, caller, table, page.checkpoint)
        return [document(row) for row in page.rows], given

    def push(self, caller: Caller, table: Table, rows: Sequence[PushedRow]) -> list[Wire]:
        """Store what can be stored; return the master states of documents of which the client assumed another state."""
        ids = [row_id(given.new, at) for at, given in enumerate(rows)]
        spaces = [given.new.get("space") for given in rows]
        with self._reader.consistent():
            scheme = self._pager.scheme(caller.user)
            found = located(self._reader, scheme, table, list(zip(ids, spaces, strict=True)))
        push = f"{table.kind} {self._commits.now()}"
        pairs = ordered(table, list(zip(found, rows, strict=True)))

        def store(pairs: Pairs) -> list[tuple[Key | None, Wire]]:
            keys = [key for key, _ in pairs if key is not None]
            return self._commits.together(caller, keys, partial(judged, scheme, table, pairs), push)

        chunks = chunked(pairs, lambda pair: pair[1].new)
        refused = [conflict for chunk in chunks for conflicts in stored(chunk, store) for conflict in conflicts]
        with self._reader.consistent():  # what the user may read now: the first look was before the push
            readable = self._reader.memberships(caller.user) if refused else {}
        return [master for key, master in refused if key is not None and key.space in readable]

    def _are_sent_again(self, caller: Caller, table: Table, echoes: list[str]) -> bool:
        """Let some rows be sent once more, a moment later; return False if that cannot be stored now.

        A pull does not fail for it: the client then keeps its checkpoint, and is sent the whole page once more.
        """
        if not echoes:
            return True
        try:
            self._commits.together(caller, [], lambda unit: corrections.correct(unit, table, echoes, corrections.LATER))
        except NotYet:
            return False
        return True

    def _opened(self, caller: Caller, table: Table, given: Wire | None) -> Checkpoint:
        """Return the content of a checkpoint; raises BadRequest unless it is of this user and this collection."""
        cursor = None if given is None else given["cursor"]
        vector = self._cursors.vector(caller, cursor, _scope(table))
        return {space: SpaceCheckpoint(*place) for space, place in vector.items()}


def collection(name: str) -> Table:
    """Return the table of a collection; raises NotFound."""
    if name not in TABLES:
        raise NotFound("There is no such collection.", field="collection", collections=list(TABLES))
    return TABLES[name]


def sealed(cursors: Cursors, caller: Caller, table: Table, checkpoint: Checkpoint) -> Wire:
    """Return a checkpoint as the client keeps it: an object."""
    return {"cursor": cursors.cursor(caller, checkpoint, _scope(table))}


def only(documents: list[Wire], fields: Collection[str] | None) -> list[Wire]:
    """Return documents with only the fields that an app has declared, the id and ``_deleted``."""
    if not fields:
        return documents
    kept = {*fields, "id", "_deleted"}
    return [{name: value for name, value in document.items() if name in kept} for document in documents]


def _scope(table: Table) -> str:
    return f"rxdb {table.kind}"


def document(row: Shown) -> Wire:
    """Return a row as a document of RxDB. A deleted document has all fields too, but without their content."""
    return {**row.cells, "_deleted": row.deleted}


def judged(scheme: RowIdScheme, table: Table, pairs: Pairs, unit: UnitOfWork) -> list[tuple[Key | None, Wire]]:
    """Execute the row commands of some rows; return the master states of those that assumed another state."""
    conflicts, wrong, overlooked = [], [], []
    for key, given in pairs:
        master, name = _master(unit, scheme, table, key), given.new["id"]
        if master is not None and not _is_known(table, master, given):
            conflicts.append((key, master))
            continue
        if not _granted(unit, scheme, table, key, given):
            wrong.append(name)
        if master is not None and push_echoes.is_overlooked(table, master, given.assumed):
            overlooked.append(name)
    if wrong:
        corrections.correct(unit, table, wrong)
    if wrong or overlooked:
        corrections.correct(unit, table, [*wrong, *overlooked], corrections.LATER)
    return conflicts


def _master(unit: UnitOfWork, scheme: RowIdScheme, table: Table, key: Key | None) -> Wire | None:
    record = unit.get(key) if key is not None else None
    return None if record is None else document(shown(table, record, scheme))


def _is_known(table: Table, master: Wire, given: PushedRow) -> bool:
    """Tell whether the client's new or assumed state matches the server's, so that there is no conflict."""
    columns = {*given.new, *(given.assumed or {})} & table.writable
    return any(_same(table, master, state, columns) for state in given if state)


def _granted(unit: UnitOfWork, scheme: RowIdScheme, table: Table, key: Key | None, given: PushedRow) -> bool:
    """Execute the row commands of a row; tell whether the record is then as the client has it."""
    deleted = bool(given.new.get("_deleted"))
    if deleted and (key is None or unit.get(key) is None):
        return True
    cells = {name: given.new.get(name) for name in _set_by_client(table, given)}
    whole = given.new
    return grant(unit, scheme, Pushed(table, whole["id"], key, cells, whole.get("space"), deleted, whole))


def _same(table: Table, master: Document, other: Document, columns: set[str]) -> bool:
    """Tell whether two states of a document are the same in these columns, which clients may write."""
    if bool(master.get("_deleted")) != bool(other.get("_deleted")):
        return False
    return bool(master.get("_deleted")) or not differs(table, dict(master), other, columns)


def _set_by_client(table: Table, given: PushedRow) -> set[str]:
    """Return the columns that a client set: every writable one of a new document, the changed ones of any other."""
    columns = {*given.new, *(given.assumed or {})} & set(table.columns)
    if given.assumed is None:
        return columns & (table.writable | {table.time or ""})
    return differs(table, dict(given.assumed), given.new, columns)


def ordered(table: Table, pairs: Pairs) -> Pairs:
    """Return the rows of a push: changed rows, then new rows as they were written, each after the one it refers to."""
    written = sorted(pairs, key=lambda pair: 0 if pair[1].assumed else written_at(table, pair[1].new))
    return references_first(written, lambda pair: (pair[1].new["id"], referred_row(table, pair[1].new)))


def row_id(new: Document, at: int) -> str:
    """Return the id of a document; raises BadRequest if it is not valid. ``at`` is the index of the row in the push."""
    name = new.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise BadRequest("Give every document an id, a text.", field=f"{at}.newDocumentState.id", limit=LONGEST_ID)
    if not isinstance(new.get("_deleted"), bool | None) or ("deleted" in new and "_deleted" not in new):
        field = f"{at}.newDocumentState._deleted"
        raise BadRequest(
            f"{field}: Use true or false: whether the document is deleted; set no deletedField.", field=field
        )
    return name
