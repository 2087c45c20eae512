"""Finding what rows stand for, and making rows of what corrections name. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.table import Table
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import blank, row
from sync.ports import Reader
from sync.record import Key, Record, Wire


class Shown(NamedTuple):
    """A row, and whether it is one to delete."""

    cells: Wire
    deleted: bool


def shown(table: Table, record: Record, scheme: RowIdScheme) -> Shown:
    """Return a record as a row."""
    return Shown(row(table, record, scheme), record.deleted)


def located(reader: Reader, scheme: RowIdScheme, table: Table, rows: Sequence[tuple[str, object]]) -> list[Key | None]:
    """Return what some ``(row id, space)`` stand for: a record that there is, or else one to be made in that space.

    None is for a new row in no space where this user may write it. A row keeps its record even if it names another
    space: within a client database its id is all that it is known by.
    """
    found = reader.get(key for row_id, _ in rows for key in scheme.keys(table, row_id))
    readable = set(scheme.readable(table))

    def place(row_id: str, space: object) -> Key | None:
        candidates = scheme.keys(table, row_id)
        known = next((key for key in candidates if key in found), None)
        if known is not None or not table.shared:
            return known or candidates[0]
        return scheme.key(table, space, row_id) if isinstance(space, str) and space in readable else None

    return [place(row_id, space) for row_id, space in rows]


def corrected(
    reader: Reader, scheme: RowIdScheme, table: Table, row_ids: Iterable[str], heads: Mapping[str, int]
) -> list[Shown]:
    """Return rows as they are now; one whose record is not there, or not this user's to see, is one to delete.

    One that has changed past the head of its space, as it was when it was looked up what the user may read, is left
    out: it comes by itself.
    """
    asked = dict.fromkeys(row_ids)
    found = reader.get(key for row_id in asked for key in scheme.keys(table, row_id))
    records = {scheme.row(table, record): record for record in found.values()}
    rows = []
    for row_id in asked:
        record = records.get(row_id)
        if record is None:
            rows.append(Shown(blank(table, row_id), deleted=True))
        elif record.seq <= heads.get(record.space, 0):
            rows.append(shown(table, record, scheme))
    return rows
