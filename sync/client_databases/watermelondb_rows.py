"""Reading what WatermelonDB's `pushChanges` sends: `{table: {created, updated, deleted}}`."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, NamedTuple

import orjson

from schemas.errors import BadRequest, TooLarge
from schemas.table import PARTS, TABLES, Table
from sync.client_databases.row_commands import written_at
from sync.client_databases.unknown_names import FORM, require_empty

MOST_ROWS = 20_000  # rows of one push
LONGEST_ID = 256  # characters of an id that is worth answering
DELETED = "deleted"
WAYS = ("created", "updated", DELETED)
LAST_KINDS = {"request": 1, "message": 2, "pairing": 3}  # kinds that come after all others, in this order
FIRST_KIND = "sos"  # and the one that comes before them: what is over first, so that it does not end what begins


class Changed(NamedTuple):
    """One row of a push."""

    table: Table
    id: str
    how: str  # created, updated or deleted
    cells: Mapping[str, Any]


def read(body: Any) -> list[Changed]:
    """Read ``{table: {created, updated, deleted}}``, new rows in the order in which they were written.

    A table that is not ours must be empty: WatermelonDB sends every table of the app's schema, and marks as synced what
    is in it. Raises BadRequest, or TooLarge.
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
    return sorted(rows, key=_order)


def _table(table: Table, changes: Any) -> Iterator[Changed]:
    if not isinstance(changes, dict):
        raise BadRequest(f"{table.kind}: Send {{created, updated, deleted}}.", field=table.kind)
    for name in [name for name in changes if name not in WAYS]:
        field = f"{table.kind}.{name[:LONGEST_ID]}"
        raise BadRequest(f"{field}: There are only created, updated and deleted.", field=field)
    for how in WAYS:
        given = changes.get(how, [])
        if not isinstance(given, list):
            raise BadRequest(f"{table.kind}.{how}: Send a list.", field=f"{table.kind}.{how}")
        for at, item in enumerate(given):
            cells = {"id": item} if how == DELETED else item
            row_id = cells.get("id") if isinstance(cells, dict) else None
            if not isinstance(row_id, str) or not 0 < len(row_id) <= LONGEST_ID:
                field = f"{table.kind}.{how}.{at}"
                raise BadRequest(f"{field}: Every row has an id.", field=field, limit=LONGEST_ID)
            yield Changed(table, row_id, how, _parsed(table, cells))


def _parsed(table: Table, cells: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with what WatermelonDB keeps as JSON text read; text that is none is left out."""
    texts = {name for name, column in table.columns.items() if column.type in PARTS and type(cells.get(name)) is str}
    read: dict[str, Any] = {}
    for name in texts:
        with suppress(orjson.JSONDecodeError):
            read[name] = orjson.loads(cells[name])
    return {name: cell for name, cell in cells.items() if name not in texts} | read


def _order(changed: Changed) -> tuple[int, float]:
    """Requests after what they rest on, messages before what may end a pairing; and new rows as they were written."""
    is_new = changed.how == "created"
    if changed.table.kind == FIRST_KIND:
        return -1 if is_new else -2, 0
    return LAST_KINDS.get(changed.table.kind, 0), written_at(changed.table, changed.cells) if is_new else float("inf")
