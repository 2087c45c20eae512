"""WatermelonDB: what `synchronize()` pulls and pushes, all tables at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from schemas.table import PARTS, TABLES, Table
from sync.client_databases.lookup import Shown, corrected, shown
from sync.client_databases.pager import Pager
from sync.client_databases.row_ids import RowIdScheme
from sync.ports import Caller, Clock, CursorViews, Reader
from sync.pull import Extent, Vector
from sync.record import Record, Wire, corrections_space

RECORDS_AT_ONCE = 500  # records read at once
NEVER_PULLED: Vector = {}


@dataclass(frozen=True, slots=True)
class Migration:
    """What a WatermelonDB app asks for besides what is new, because it has new tables or columns since it last pulled.

    Of a new table every row is asked for; of a new column every row that has something in it.
    """

    tables: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def concerns(self, table: Table) -> bool:
        """Tell whether anything of a table is asked for."""
        return table.kind in self.tables or table.kind in self.columns

    def asks_for(self, table: Table, row: Wire) -> bool:
        """Tell whether a row is asked for."""
        columns = self.columns.get(table.kind, frozenset()) & set(table.columns)
        return table.kind in self.tables or any(row[name] != table.columns[name].nothing for name in columns)


NONE = Migration()


class Ask(NamedTuple):
    """What one pull has to find."""

    scheme: RowIdScheme
    since: Vector | None  # None: everything, and nothing that is deleted
    until: Vector
    migration: Migration


class WatermelonDB:
    """Pulls for the databases of phones, by numbers that stand for views."""

    def __init__(self, pager: Pager, reader: Reader, views: CursorViews, now: Clock) -> None:
        self._pager, self.reader, self._views, self._now = pager, reader, views, now

    def standing(self, caller: Caller, last: int | None) -> tuple[RowIdScheme, Vector]:
        """Return what a user's rows are called, and what a database has seen that pulled last at a number."""
        seen = None if last is None else self._views.find(caller.device, last)
        return self._pager.scheme(caller.user), seen or NEVER_PULLED

    def pull(self, caller: Caller, last: int | None, migration: Migration) -> Iterator[bytes]:
        """Give the answer to a pull, in JSON, piece by piece; ``last`` is the cursor, or None at first."""
        given = None if last is None else self._views.find(caller.device, last)
        scheme, extents = self._pager.standing(caller.user, given or NEVER_PULLED)
        is_lost = given is None or any(extents.get(space, Extent()).is_lost(seq) for space, seq in given.items())
        since = None if is_lost else given
        until = {space: extent.head for space, extent in extents.items() if space in scheme.spaces}
        own = corrections_space(caller.user)
        until[own] = extents.get(own, Extent()).head
        number = last if last and since == until else self._views.issue(caller.device, until, self._now(), last or 0)
        ask = Ask(scheme, since, until, migration)
        yield b'{"changes":{'
        for at, table in enumerate(TABLES.values()):
            yield b"," * (at > 0) + orjson.dumps(table.kind) + b":"
            yield from self._changes(table, ask)
        strategy = b',"experimentalStrategy":"replacement"' if last is not None and since is None else b""
        yield b'},"timestamp":%d%b,"server_time":%d}' % (number, strategy, self._now())

    def _changes(self, table: Table, ask: Ask) -> Iterator[bytes]:
        """Give what changed in a table: whole rows first, then the ids of what is deleted. No id comes twice."""
        deleted: list[str] = []
        separator = b'{"created":[],"updated":['
        texts = frozenset(name for name, column in table.columns.items() if column.type in PARTS)
        for row in self._rows(table, ask):
            if row.deleted:
                deleted.append(row.cells["id"])
            else:
                yield separator + orjson.dumps(_raw(texts, row.cells))
                separator = b","
        yield (separator if separator != b"," else b"") + b'],"deleted":' + orjson.dumps(deleted) + b"}"

    def _rows(self, table: Table, ask: Ask) -> Iterator[Shown]:
        """Give the rows of a table that a database has to be told of."""
        told: set[str] = set()
        if ask.since is not None:
            for row in self._forgotten(table, ask.scheme, ask.since):
                told.add(row.cells["id"])
                yield row
            for row in self._corrected(table, ask.scheme, ask.since, ask.until):
                if row.cells["id"] not in told:
                    told.add(row.cells["id"])
                    yield row
        for space in ask.scheme.readable(table):
            for record in self._changed(table, space, ask):
                row = shown(table, record, ask.scheme)
                if row.cells["id"] not in told and _is_asked(table, row, record, ask):
                    yield row

    def _changed(self, table: Table, space: str, ask: Ask) -> Iterator[Record]:
        """Give the records of a space that may have to be told of."""
        after = 0 if ask.since is None or ask.migration.concerns(table) else ask.since.get(space, 0)
        until = ask.until.get(space, 0)
        while after < until:
            found, after = self._pager.changed(table, space, after, until, RECORDS_AT_ONCE)
            yield from found

    def _forgotten(self, table: Table, scheme: RowIdScheme, since: Vector) -> Iterator[Shown]:
        """Give the rows of spaces that may not be read any more, as deleted."""
        for space in since.keys() - scheme.spaces.keys() - {corrections_space(scheme.user)}:
            after: int | None = 0
            while after is not None:
                found, after = self._pager.forgotten(table, space, after, since[space], RECORDS_AT_ONCE)
                yield from (shown(table, tombstone, scheme) for tombstone in found)

    def _corrected(self, table: Table, scheme: RowIdScheme, since: Vector, until: Vector) -> Iterator[Shown]:
        """Give the rows that have to be given again."""
        own, told = corrections_space(scheme.user), set[str]()
        after = since.get(own, 0)
        while after < until[own]:
            found, after = self._pager.changed(table, own, after, until[own], RECORDS_AT_ONCE)
            wanted = {correction.data["row"] for correction in found} - told
            told |= wanted
            yield from corrected(self.reader, scheme, table, wanted, until)


def _is_asked(table: Table, row: Shown, record: Record, ask: Ask) -> bool:
    """Tell whether a record is news, or asked for because the app has new tables or columns."""
    if ask.since is None:
        return not row.deleted
    known = record.seq <= ask.since.get(record.space, 0)
    if record.space not in ask.since:
        return not row.deleted
    return not known or (not row.deleted and ask.migration.asks_for(table, row.cells))


def _raw(texts: frozenset[str], cells: Wire) -> Wire:
    """Return a row with columns of WatermelonDB's types: ``texts`` have parts, and are strings of JSON there."""
    return cells | {name: orjson.dumps(cells[name]).decode() for name in texts} if texts else cells
