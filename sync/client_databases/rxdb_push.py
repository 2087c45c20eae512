"""What RxDB's `push.handler` sends: each row is compared with what is there, and stored or answered by itself."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schemas.errors import BadRequest
from schemas.table import Table
from sync.client_databases import corrections
from sync.client_databases.lookup import Shown, shown
from sync.client_databases.row_commands import Pushed, grant, written_at
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import differs
from sync.ports import UnitOfWork
from sync.record import Key, Wire

LONGEST_ID = 256  # characters of an id that is worth answering

Document = Mapping[str, Any]


class Given(NamedTuple):
    """One row of a push."""

    new: Document
    assumed: Document | None  # what the client believed to be here; None: nothing


Pairs = Sequence[tuple[Key | None, Given]]  # rows, each with what it stands for


def document(row: Shown) -> Wire:
    """Return a row as RxDB has it: what is deleted has all fields, and nothing in them."""
    return {**row.cells, "_deleted": row.deleted}


def judged(scheme: RowIdScheme, table: Table, pairs: Pairs, unit: UnitOfWork) -> list[tuple[Key | None, Wire]]:
    """Do what rows ask for, and return the master states of those that did not know of them."""
    conflicts, wrong = [], []
    for key, given in pairs:
        master = _master(unit, scheme, table, key)
        if master is not None and not _is_known(table, master, given):
            conflicts.append((key, master))
        elif not _granted(unit, scheme, table, key, given):
            wrong.append(given.new["id"])
    if wrong:
        corrections.correct(unit, table, wrong)
        corrections.correct(unit, table, wrong, corrections.LATER)
    return conflicts


def _master(unit: UnitOfWork, scheme: RowIdScheme, table: Table, key: Key | None) -> Wire | None:
    record = unit.get(key) if key is not None else None
    return None if record is None else document(shown(table, record, scheme))


def _is_known(table: Table, master: Wire, given: Given) -> bool:
    """Tell whether a row is what is there, or what was assumed to be there is."""
    columns = {*given.new, *(given.assumed or {})} & table.writable
    return any(_same(table, master, state, columns) for state in given if state)


def _granted(unit: UnitOfWork, scheme: RowIdScheme, table: Table, key: Key | None, given: Given) -> bool:
    """Do what a row asks for; tell whether the record is as the client has it now."""
    deleted = bool(given.new.get("_deleted"))
    if deleted and (key is None or unit.get(key) is None):
        return True
    cells = {name: given.new.get(name) for name in _set_by_client(table, given)}
    whole = given.new
    return grant(unit, scheme, Pushed(table, whole["id"], key, cells, whole.get("space"), deleted, whole))


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


def order(table: Table, given: Given) -> float:
    """Return by what rows that arrive together are ordered: new ones as they were written, after all others."""
    return 0 if given.assumed else written_at(table, given.new)


def row_id(new: Document, at: int) -> str:
    """Return the id of a document; raises BadRequest for one that is none. ``at`` is its place in the push."""
    name = new.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise BadRequest("Every document has an id.", field=f"{at}.newDocumentState.id", limit=LONGEST_ID)
    if not isinstance(new.get("_deleted"), bool | None) or ("deleted" in new and "_deleted" not in new):
        field = f"{at}.newDocumentState._deleted"
        raise BadRequest(f"{field}: Say true or false here, whether it is deleted; set no deletedField.", field=field)
    return name
