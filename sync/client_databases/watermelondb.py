"""WatermelonDB: what `synchronize()` pulls and pushes, all tables of an app at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from schemas.table import PARTS, Table
from sync.client_databases.pager import Pager
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import Shown, corrected, shown
from sync.ports import Caller, Clock, CursorViews, Reader
from sync.pull import Extent, Vector, proven
from sync.record import Record, Wire, corrections_space

RECORDS_AT_ONCE = 500  # records read at once
NEVER_PULLED: Vector = {}


@dataclass(frozen=True, slots=True)
class Migration:
    """The tables and columns that a WatermelonDB app has gained since its last pull; it asks for their old rows too.

    Of a new table the app asks for every row; of a new column, for every row where this column is not empty.
    """

    tables: frozenset[str] = frozenset()
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def concerns(self, table: Table) -> bool:
        """Tell whether the app asks for old rows of a table."""
        return table.kind in self.tables or table.kind in self.columns

    def asks_for(self, table: Table, row: Wire) -> bool:
        """Tell whether the app asks for an old row."""
        columns = self.columns.get(table.kind, frozenset()) & set(table.columns)
        return table.kind in self.tables or any(row[name] != table.columns[name].nothing for name in columns)


NO_MIGRATION = Migration()


class PullScope(NamedTuple):
    """The rows that one pull has to read."""

    scheme: RowIdScheme
    since: Vector | None  # None: every row is sent, except deleted ones
    until: Vector
    migration: Migration
    few: Mapping[str, list[Record]]  # {space: all its changed records}, of spaces with few of them

    def after(self, space: str) -> int:
        """Return the seq after which the database is missing the changes of a space."""
        return 0 if self.since is None else self.since.get(space, 0)


class WatermelonDB:
    """Answers pulls. The cursor that a client keeps is a number; a cursor view holds the vector behind it."""

    def __init__(self, pager: Pager, reader: Reader, views: CursorViews, now: Clock) -> None:
        self._pager, self.reader, self._views, self._now = pager, reader, views, now

    def standing(self, caller: Caller, last: int | None) -> tuple[RowIdScheme, Vector]:
        """Return a user's row id scheme, and the vector that a database has seen; ``last`` is its cursor, or None."""
        seen = None if last is None else self._views.find(caller.device, last)
        return self._pager.scheme(caller.user), seen or NEVER_PULLED

    def pull(self, caller: Caller, last: int | None, migration: Migration, tables: Iterable[Table]) -> Iterator[bytes]:
        """Give the answer to a pull, in JSON, piece by piece; ``last`` is the cursor, or None in the first pull.

        The cursor covers all tables, so a table that an app names only in a later pull needs a migration. The caller
        takes the pieces in blocks of consistent reads.
        """
        given = None if last is None else self._views.find(caller.device, last)
        scheme, found = self._pager.standing(caller.user, given or NEVER_PULLED)
        extents = proven(self.reader, given or NEVER_PULLED, found)
        is_lost = given is None or any(extents.get(space, Extent()).is_lost(seq) for space, seq in given.items())
        since = None if is_lost else given
        until = {space: extent.head for space, extent in extents.items() if space in scheme.spaces}
        own = corrections_space(caller.user)
        until[own] = extents.get(own, Extent()).head
        number = last if last and since == until else self._views.issue(caller.device, until, self._now(), last or 0)
        scope = self._with_few(PullScope(scheme, since, until, migration, {}))
        yield b'{"changes":{'
        for at, table in enumerate(tables):
            yield b"," * (at > 0) + orjson.dumps(table.kind) + b":"
            yield from self._changes(table, scope)
        strategy = b',"experimentalStrategy":"replacement"' if last is not None and since is None else b""
        yield b'},"timestamp":%d%b,"server_time":%d}' % (number, strategy, self._now())

    def _with_few(self, scope: PullScope) -> PullScope:
        """Read the changes of spaces with few changes: one read for each space, instead of one for each table."""
        few, room = dict[str, list[Record]](), RECORDS_AT_ONCE
        for space, until in scope.until.items():
            after = scope.after(space)
            if space in scope.scheme.spaces and after < until <= after + room:
                few[space] = self.reader.after(space, after, until, until - after)
                room -= until - after
        return scope._replace(few=few)

    def _changes(self, table: Table, scope: PullScope) -> Iterator[bytes]:
        """Give the changes of a table, in JSON: whole rows first, then the ids of deleted rows. No id comes twice."""
        deleted: list[str] = []
        separator = b'{"created":[],"updated":['
        texts = frozenset(name for name, column in table.columns.items() if column.type in PARTS)
        for row in self._rows(table, scope):
            if row.deleted:
                deleted.append(row.cells["id"])
            else:
                yield separator + orjson.dumps(_raw(texts, row.cells))
                separator = b","
        yield (separator if separator != b"," else b"") + b'],"deleted":' + orjson.dumps(deleted) + b"}"

    def _rows(self, table: Table, scope: PullScope) -> Iterator[Shown]:
        """Give the rows of a table that the database is missing, each once."""
        told: set[str] = set()
        if scope.since is not None:
            for row in self._forgotten(table, scope.scheme, scope.since):
                told.add(row.cells["id"])
                yield row
            for row in self._corrected(table, scope.scheme, scope.since, scope.until):
                if row.cells["id"] not in told:
                    told.add(row.cells["id"])
                    yield row
        for space in scope.scheme.readable(table):
            for record in self._changed(table, space, scope):
                row = shown(table, record, scope.scheme)
                if row.cells["id"] not in told and _is_asked(table, row, record, scope):
                    yield row

    def _changed(self, table: Table, space: str, scope: PullScope) -> Iterator[Record]:
        """Give the records of a space that the database may be missing."""
        if space in scope.few and not scope.migration.concerns(table):
            yield from (record for record in scope.few[space] if record.kind == table.kind)
            return
        after = 0 if scope.migration.concerns(table) else scope.after(space)
        until = scope.until.get(space, 0)
        while after < until:
            found, after = self._pager.changed(table, space, after, until, RECORDS_AT_ONCE)
            yield from found

    def _forgotten(self, table: Table, scheme: RowIdScheme, since: Vector) -> Iterator[Shown]:
        """Give the rows of spaces that the user may not read any more, as rows to delete."""
        for space in since.keys() - scheme.spaces.keys() - {corrections_space(scheme.user)}:
            after: int | None = 0
            while after is not None:
                found, after = self._pager.forgotten(table, space, after, since[space], RECORDS_AT_ONCE)
                yield from (shown(table, tombstone, scheme) for tombstone in found)

    def _corrected(self, table: Table, scheme: RowIdScheme, since: Vector, until: Vector) -> Iterator[Shown]:
        """Give the rows that corrections name."""
        own, told = corrections_space(scheme.user), set[str]()
        after = since.get(own, 0)
        while after < until[own]:
            found, after = self._pager.changed(table, own, after, until[own], RECORDS_AT_ONCE)
            wanted = {correction.data["row"] for correction in found} - told
            told |= wanted
            yield from corrected(self.reader, scheme, table, wanted, until)


def _is_asked(table: Table, row: Shown, record: Record, scope: PullScope) -> bool:
    """Tell whether a record is new to the database, or asked for because the app has new tables or columns."""
    if scope.since is None:
        return not row.deleted
    known = record.seq <= scope.since.get(record.space, 0)
    if record.space not in scope.since:
        return not row.deleted
    return not known or (not row.deleted and scope.migration.asks_for(table, row.cells))


def _raw(texts: frozenset[str], cells: Wire) -> Wire:
    """Return a row with cells of WatermelonDB's types: the columns ``texts`` hold lists or objects, as JSON strings."""
    return cells | {name: orjson.dumps(cells[name]).decode() for name in texts} if texts else cells
