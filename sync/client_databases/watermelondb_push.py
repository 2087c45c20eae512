"""WatermelonDB: what `pushChanges` sends, `{table: {created, updated, deleted}}`. A conflict refuses all rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import orjson

from schemas.errors import BadRequest, Conflict, TooLarge
from schemas.table import PARTS, TABLES, Table
from sync.client_databases import corrections
from sync.client_databases.batches import chunked, stored
from sync.client_databases.row_commands import Pushed, grant, references_first, referred_row, written_at
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import differs, located, row
from sync.client_databases.unknown_names import FORM, require_empty
from sync.ports import Caller, Commits, Reader, UnitOfWork
from sync.pull import Vector
from sync.record import Key, Record

MOST_ROWS = 20_000  # rows of one push
LONGEST_ID = 256  # characters of a row id; a longer one is refused
DELETED = "deleted"
WAYS = ("created", "updated", DELETED)
LAST_KINDS = {"request": 1, "message": 2, "pairing": 3}  # kinds that are stored after all others, in this order
FIRST_KIND = "sos"  # stored before all others; an SOS is closed before a new one is made, so the new one stays open


class Changed(NamedTuple):
    """One row of a push."""

    table: Table
    id: str
    how: str  # created, updated or deleted
    cells: Mapping[str, Any]


Pairs = Sequence[tuple[Key | None, Changed]]  # rows, each with the key of its record


def calls_for_help(body: Any) -> list[Changed]:
    """Return those rows of a push that are calls for help and can be read, whatever is wrong with the others."""
    changes = body.get(FIRST_KIND) if isinstance(body, dict) else None
    lists = {how: changes.get(how) for how in WAYS} if isinstance(changes, dict) else {}
    rows: list[Changed] = []
    for how, items in lists.items():
        for item in items[:MOST_ROWS] if isinstance(items, list) else ():
            with suppress(BadRequest):
                rows += read({FIRST_KIND: {how: [item]}})
    return sorted(rows, key=_order)


def push(
    commits: Commits, reader: Reader, caller: Caller, scheme: RowIdScheme, rows: Sequence[Changed], seen: Vector
) -> None:
    """Store rows; ``seen`` is the vector of the client's last pull. Raises Conflict.

    Calls for help are stored first, whatever the other rows are. All other rows are checked for conflicts before the
    first is stored. A crash, or a conflict that arises later, can still
    interrupt a push of several commits: the client sends it again, and rows that are stored already need no change.
    """

    def store(pairs: Pairs) -> None:
        commits.together(caller, _keys(pairs), partial(_merge, scheme, pairs, seen))

    def pairs_of(portions: Iterable[list[Changed]]) -> list[Pairs]:
        with reader.consistent():
            return [list(zip(_located(reader, scheme, portion), portion, strict=True)) for portion in portions]

    for calls in pairs_of(_chunked(rows, is_urgent=True)):
        stored(calls, store)
    chunks = pairs_of(_chunked(rows, is_urgent=False))
    if len(chunks) > 1:
        for chunk in chunks:
            commits.together(caller, _keys(chunk), partial(_check, scheme, chunk, seen))
    for chunk in chunks:
        stored(chunk, store)


def _chunked(rows: Sequence[Changed], *, is_urgent: bool) -> Iterator[list[Changed]]:
    """Give the calls for help, or all other rows, in batches: calls for help are stored in commits of their own."""
    return chunked([row for row in rows if (row.table.kind == FIRST_KIND) == is_urgent], lambda changed: changed.cells)


def _located(reader: Reader, scheme: RowIdScheme, rows: Sequence[Changed]) -> list[Key | None]:
    """Return the key of the record that each row stands for."""
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
    """Raise Conflict for a row that cannot be merged with changes of others since the client's last pull.

    Calls for help never conflict: an old one must not hold up a new one.
    """
    for key, changed in (pair for pair in pairs if pair[1].table.kind != FIRST_KIND):
        record = unit.get(key) if key is not None else None
        if record is not None and changed.how != DELETED and record.seq > seen.get(record.space, 0):
            _require_mergeable(scheme, record, changed)


def _require_mergeable(scheme: RowIdScheme, record: Record, changed: Changed) -> None:
    if record.deleted or (changed.how == "updated" and _overwrites(scheme, record, changed)):
        raise Conflict("This row was changed by somebody else; pull, then push again.", table=record.kind)


def _overwrites(scheme: RowIdScheme, record: Record, changed: Changed) -> bool:
    """Tell whether a row could undo changes of others: it differs, and does not name the columns that it changes."""
    if changed.cells.get("_changed"):
        return False
    ours = row(changed.table, record, scheme)
    return bool(differs(changed.table, ours, changed.cells, changed.table.writable & set(changed.cells)))


def _granted(unit: UnitOfWork, scheme: RowIdScheme, key: Key | None, changed: Changed) -> bool:
    """Execute the row commands of a row; tell whether the record is then as the client has it."""
    deleted = changed.how == DELETED
    if deleted and (key is None or unit.get(key) is None):
        return True
    cells = {name: changed.cells.get(name) for name in _columns(changed)}
    whole = changed.cells
    return grant(unit, scheme, Pushed(changed.table, changed.id, key, cells, whole.get("space"), deleted, whole))


def _columns(changed: Changed) -> set[str]:
    """Return the columns that the client changed: those it names, or else every column that it may write."""
    table, cells = changed.table, changed.cells
    named = cells.get("_changed")
    if changed.how == "updated" and isinstance(named, str) and named:
        return set(named.split(",")) & set(table.columns)
    return set(cells) & (table.writable | {table.time or ""})


def read(body: Any) -> list[Changed]:
    """Read ``{table: {created, updated, deleted}}``, new rows in the order in which they were written.

    A table that Beside does not have must be empty: WatermelonDB sends every table of the app's schema, and marks its
    rows as synced after the push. Raises BadRequest, or TooLarge.
    """
    if not isinstance(body, dict):
        raise BadRequest(FORM, field="")
    for name, changes in body.items():
        if name not in TABLES:
            require_empty(name, changes)
    ours = [(table, body[table.kind]) for table in TABLES.values() if table.kind in body]
    rows = [changed for table, changes in ours for changed in islice(_table(table, changes), MOST_ROWS + 1)]
    if len(rows) > MOST_ROWS:
        raise TooLarge("These are more rows than can be pushed at once.", limit=MOST_ROWS)
    return references_first(sorted(rows, key=_order), _names)


def _table(table: Table, changes: Any) -> Iterator[Changed]:
    if not isinstance(changes, dict):
        raise BadRequest(f"{table.kind}: Send {{created, updated, deleted}}.", field=table.kind)
    for name in [name for name in changes if name not in WAYS]:
        field = f"{table.kind}.{name[:LONGEST_ID]}"
        raise BadRequest(f"{field}: There is no such list; use created, updated and deleted.", field=field)
    for how in WAYS:
        given = changes.get(how, [])
        if not isinstance(given, list):
            raise BadRequest(f"{table.kind}.{how}: Send a list.", field=f"{table.kind}.{how}")
        for at, item in enumerate(given):
            cells = {"id": item} if how == DELETED else item
            row_id = cells.get("id") if isinstance(cells, dict) else None
            if not isinstance(row_id, str) or not 0 < len(row_id) <= LONGEST_ID:
                field = f"{table.kind}.{how}.{at}"
                raise BadRequest(f"{field}: Give every row an id, a text.", field=field, limit=LONGEST_ID)
            yield Changed(table, row_id, how, _parsed(table, cells))


def _parsed(table: Table, cells: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with the columns parsed that WatermelonDB keeps as JSON text; text that is not JSON is left out."""
    texts = {name for name, column in table.columns.items() if column.type in PARTS and type(cells.get(name)) is str}
    read: dict[str, Any] = {}
    for name in texts:
        with suppress(orjson.JSONDecodeError):
            read[name] = orjson.loads(cells[name])
    return {name: cell for name, cell in cells.items() if name not in texts} | read


def _names(changed: Changed) -> tuple[tuple[str, object], tuple[str, object]]:
    """Return the name of a row, and the name of the row that it refers to."""
    kind = changed.table.kind
    return (kind, changed.id), (kind, referred_row(changed.table, changed.cells))


def _order(changed: Changed) -> tuple[int, float]:
    """Return the sort key of a row.

    A request comes after the records it depends on, and a message before a change that may end its pairing. New rows
    come in the order in which they were written.
    """
    is_new = changed.how == "created"
    if changed.table.kind == FIRST_KIND:
        return -1 if is_new else -2, 0
    return LAST_KINDS.get(changed.table.kind, 0), written_at(changed.table, changed.cells) if is_new else float("inf")
