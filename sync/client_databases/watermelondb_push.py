"""What WatermelonDB's `pushChanges` sends: rows of all tables, to be stored together or not at all."""

from collections.abc import Sequence
from functools import partial

from schemas.errors import Conflict
from schemas.table import TABLES
from sync.client_databases import corrections
from sync.client_databases.batches import chunked, stored
from sync.client_databases.lookup import located
from sync.client_databases.row_commands import Pushed, grant
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import differs, row
from sync.client_databases.watermelondb_rows import DELETED, Changed
from sync.ports import Caller, Commits, Reader, UnitOfWork
from sync.pull import Vector
from sync.record import Key, Record

Pairs = Sequence[tuple[Key | None, Changed]]  # rows, each with what it stands for


def push(
    commits: Commits, reader: Reader, caller: Caller, scheme: RowIdScheme, rows: Sequence[Changed], seen: Vector
) -> None:
    """Store rows; ``seen`` is what the client had pulled. Raises Conflict, and then nothing is stored.

    Conflicts are looked for in all rows before the first is stored. A push that is too long for one commit and is
    cut short by a crash is sent again, and finds that what was stored is as it should be.
    """

    def store(pairs: Pairs) -> None:
        commits.together(caller, _keys(pairs), partial(_merge, scheme, pairs, seen))

    portions = list(chunked(rows, lambda changed: changed.cells))
    chunks = [list(zip(_located(reader, scheme, portion), portion, strict=True)) for portion in portions]
    if len(chunks) > 1:
        for chunk in chunks:
            commits.together(caller, _keys(chunk), partial(_check, scheme, chunk, seen))
    for chunk in chunks:
        stored(chunk, store)


def _located(reader: Reader, scheme: RowIdScheme, rows: Sequence[Changed]) -> list[Key | None]:
    """Return what each row stands for."""
    found: dict[tuple[str, str], Key | None] = {}
    for table in TABLES.values():
        asked = [(changed.id, changed.cells.get("space")) for changed in rows if changed.table is table]
        keys = located(reader, scheme, table, asked)
        found |= {(table.kind, row_id): key for (row_id, _), key in zip(asked, keys, strict=True)}
    return [found[changed.table.kind, changed.id] for changed in rows]


def _keys(pairs: Pairs) -> list[Key]:
    return [key for key, _ in pairs if key is not None]


def _merge(scheme: RowIdScheme, pairs: Pairs, seen: Vector, unit: UnitOfWork) -> None:
    _check(scheme, pairs, seen, unit)
    wrong = [changed for key, changed in pairs if not _granted(unit, scheme, key, changed)]
    for table in {changed.table.kind: changed.table for changed in wrong}.values():
        corrections.correct(unit, table, [changed.id for changed in wrong if changed.table is table])


def _check(scheme: RowIdScheme, pairs: Pairs, seen: Vector, unit: UnitOfWork) -> None:
    """Raise Conflict for a row that cannot be merged with what others did since the client pulled."""
    for key, changed in pairs:
        record = unit.get(key) if key is not None else None
        if record is not None and changed.how != DELETED and record.seq > seen.get(record.space, 0):
            _require_mergeable(scheme, record, changed)


def _require_mergeable(scheme: RowIdScheme, record: Record, changed: Changed) -> None:
    if record.deleted or (changed.how == "updated" and _overwrites(scheme, record, changed)):
        raise Conflict("This row was changed by somebody else; pull, then push again.", table=record.kind)


def _overwrites(scheme: RowIdScheme, record: Record, changed: Changed) -> bool:
    """Tell whether a row would undo what others did: it does not say which of its columns were changed."""
    if changed.cells.get("_changed"):
        return False
    ours = row(changed.table, record, scheme)
    return bool(differs(changed.table, ours, changed.cells, changed.table.writable & set(changed.cells)))


def _granted(unit: UnitOfWork, scheme: RowIdScheme, key: Key | None, changed: Changed) -> bool:
    """Do what a row asks for; tell whether the record is as the client has it now."""
    deleted = changed.how == DELETED
    if deleted and (key is None or unit.get(key) is None):
        return True
    cells = {name: changed.cells.get(name) for name in _columns(changed)}
    whole = changed.cells
    return grant(unit, scheme, Pushed(changed.table, changed.id, key, cells, whole.get("space"), deleted, whole))


def _columns(changed: Changed) -> set[str]:
    """Return the columns that the client changed: as it says, or else all that it may write."""
    table, cells = changed.table, changed.cells
    named = cells.get("_changed")
    if changed.how == "updated" and isinstance(named, str) and named:
        return set(named.split(",")) & set(table.columns)
    return set(cells) & (table.writable | {table.time or ""})
