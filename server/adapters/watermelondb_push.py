"""What WatermelonDB's `pushChanges` sends: rows of all tables, to be stored together or not at all."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from schemas.table import TABLES, Table
from server.adapters import pointers
from server.adapters.names import Names
from server.adapters.places import located
from server.adapters.rows import differs, row
from server.adapters.wishes import Pushed, grant, written_at
from server.backend import Backend
from server.command import Caller
from server.desk import Desk
from server.errors import BadRequest, Conflict
from server.records import Key, Record
from server.store.feed import Feed
from sync.pull import Vector

TOGETHER = 500  # rows stored in one commit
LONGEST = 1000  # characters of an id that is worth answering
DELETED = "deleted"


class Changed(NamedTuple):
    """One row of a push."""

    table: Table
    id: str
    how: str  # created, updated or deleted
    cells: Mapping[str, Any]


Pairs = Sequence[tuple[Key | None, Changed]]  # rows, each with what it stands for


def push(backend: Backend, feed: Feed, caller: Caller, names: Names, rows: Sequence[Changed], seen: Vector) -> None:
    """Store rows; ``seen`` is what the client had pulled. Raises Conflict, and then nothing is stored.

    Conflicts are looked for in all rows before the first is stored. A push that is too long for one commit and is
    cut short by a crash is sent again, and finds that what was stored is as it should be.
    """
    keys = _located(feed, names, rows)
    pairs = list(zip(keys, rows, strict=True))
    chunks = [pairs[start : start + TOGETHER] for start in range(0, len(pairs), TOGETHER)]
    if len(chunks) > 1:
        for chunk in chunks:
            backend.together(caller, _keys(chunk), partial(_check, names, chunk, seen))
    for chunk in chunks:
        backend.together(caller, _keys(chunk), partial(_merge, names, chunk, seen))


def read(body: Any) -> list[Changed]:
    """Read ``{table: {created, updated, deleted}}``; raises BadRequest. Tables that are not ours are passed over."""
    if not isinstance(body, dict):
        raise BadRequest("Send {table: {created, updated, deleted}}.", field="")
    rows = [changed for table in TABLES.values() if table.kind in body for changed in _table(table, body[table.kind])]
    return sorted(rows, key=_written_at)


def _table(table: Table, changes: Any) -> Iterator[Changed]:
    if not isinstance(changes, dict):
        raise BadRequest(f"{table.kind}: Send {{created, updated, deleted}}.", field=table.kind)
    for how in ("created", "updated", DELETED):
        given = changes.get(how, [])
        if not isinstance(given, list):
            raise BadRequest(f"{table.kind}.{how}: Send a list.", field=f"{table.kind}.{how}")
        for at, item in enumerate(given):
            cells = {"id": item} if how == DELETED else item
            row_id = cells.get("id") if isinstance(cells, dict) else None
            if not isinstance(row_id, str) or not 0 < len(row_id) <= LONGEST:
                field = f"{table.kind}.{how}.{at}"
                raise BadRequest(f"{field}: Every row has an id.", field=field, limit=LONGEST)
            yield Changed(table, row_id, how, cells)


def _written_at(changed: Changed) -> float:
    return written_at(changed.table, changed.cells) if changed.how == "created" else 0


def _located(feed: Feed, names: Names, rows: Sequence[Changed]) -> list[Key | None]:
    """Return what each row stands for."""
    found: dict[tuple[str, str], Key | None] = {}
    for table in TABLES.values():
        asked = [(changed.id, changed.cells.get("space")) for changed in rows if changed.table is table]
        keys = located(feed, names, table, asked)
        found |= {(table.kind, row_id): key for (row_id, _), key in zip(asked, keys, strict=True)}
    return [found[changed.table.kind, changed.id] for changed in rows]


def _keys(pairs: Pairs) -> list[Key]:
    return [key for key, _ in pairs if key is not None]


def _merge(names: Names, pairs: Pairs, seen: Vector, desk: Desk) -> None:
    _check(names, pairs, seen, desk)
    for key, changed in pairs:
        _store(desk, names, key, changed)


def _check(names: Names, pairs: Pairs, seen: Vector, desk: Desk) -> None:
    """Raise Conflict for a row that cannot be merged with what others did since the client pulled."""
    for key, changed in pairs:
        record = desk.get(key) if key is not None else None
        if record is not None and changed.how != DELETED and record.seq > seen.get(record.space, 0):
            _require_mergeable(names, record, changed)


def _require_mergeable(names: Names, record: Record, changed: Changed) -> None:
    if record.deleted or (changed.how == "updated" and _overwrites(names, record, changed)):
        raise Conflict("This row was changed by somebody else; pull, then push again.", table=record.kind)


def _overwrites(names: Names, record: Record, changed: Changed) -> bool:
    """Tell whether a row would undo what others did: it does not say which of its columns were changed."""
    if changed.cells.get("_changed"):
        return False
    ours = row(changed.table, record, names)
    return bool(differs(changed.table, ours, changed.cells, changed.table.writable & set(changed.cells)))


def _store(desk: Desk, names: Names, key: Key | None, changed: Changed) -> None:
    """Do what a row asks for; one that is not as asked for then is given to the client again."""
    deleted = changed.how == DELETED
    if deleted and (key is None or desk.get(key) is None):
        return
    cells = {name: changed.cells.get(name) for name in _columns(changed)}
    if not grant(desk, names, Pushed(changed.table, changed.id, key, cells, deleted)):
        pointers.point(desk, changed.table, changed.id)


def _columns(changed: Changed) -> set[str]:
    """Return the columns that the client changed: as it says, or else all that it may write."""
    table, cells = changed.table, changed.cells
    named = cells.get("_changed")
    if changed.how == "updated" and isinstance(named, str) and named:
        return set(named.split(",")) & set(table.columns)
    return set(cells) & (table.writable | {table.time or ""})
