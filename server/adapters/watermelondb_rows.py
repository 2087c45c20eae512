"""Reading what WatermelonDB's `pushChanges` sends: `{table: {created, updated, deleted}}`."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

from schemas.table import TABLES, Table
from server.adapters.wishes import written_at
from server.errors import BadRequest, TooLarge

MOST = 20_000  # rows of one push
LONGEST = 256  # characters of an id that is worth answering
DELETED = "deleted"


class Changed(NamedTuple):
    """One row of a push."""

    table: Table
    id: str
    how: str  # created, updated or deleted
    cells: Mapping[str, Any]


def read(body: Any) -> list[Changed]:
    """Read ``{table: {created, updated, deleted}}``, new rows in the order in which they were written.

    Tables that are not ours are passed over. Raises BadRequest, or TooLarge.
    """
    if not isinstance(body, dict):
        raise BadRequest("Send {table: {created, updated, deleted}}.", field="")
    ours = [(table, body[table.kind]) for table in TABLES.values() if table.kind in body]
    rows = [changed for table, changes in ours for changed in islice(_table(table, changes), MOST + 1)]
    if len(rows) > MOST:
        raise TooLarge("These are more rows than can be pushed at once.", limit=MOST)
    return sorted(rows, key=_order)


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


def _order(changed: Changed) -> tuple[int, float]:
    """Messages before what may end a pairing, as the tables stand; and new rows as they were written."""
    at = written_at(changed.table, changed.cells) if changed.how == "created" else float("inf")
    return list(TABLES).index(changed.table.kind), at
