"""Reading the rows of one table that a client database is missing, a page at a time."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from schemas.errors import ResyncRequired
from schemas.table import Table
from sync.client_databases.checkpoints import START, Checkpoint, SpaceCheckpoint, advanced_to, begun, positions
from sync.client_databases.corrections import correction_spaces, due
from sync.client_databases.row_ids import RowIdScheme
from sync.client_databases.rows import Shown, corrected, shown
from sync.ports import Clock, Reader
from sync.pull import Extent, proven
from sync.record import Record

Extents = Mapping[str, Extent]


class Page(NamedTuple):
    """One page: rows, each once, and those of a space in the order of their last change; the checkpoint after them."""

    rows: list[Shown]
    checkpoint: Checkpoint
    spaces: Collection[str]  # that the user may read
    again_at: int | None = None  # ms since the epoch: when the next correction may be shown; None: none is waiting


class Pager:
    """Reads pages. A page that is not full is the last one."""

    def __init__(self, reader: Reader, now: Clock) -> None:
        self._reader, self.now = reader, now

    def scheme(self, user: str) -> RowIdScheme:
        """Return the row id scheme of a user."""
        return RowIdScheme(user, self._reader.memberships(user))

    def standing(self, user: str, also: Iterable[str] = ()) -> tuple[RowIdScheme, dict[str, Extent]]:
        """Return a user's row id scheme, and the extents of their spaces, their corrections and the spaces ``also``."""
        spaces, extents = self._reader.standing(user, [*also, *correction_spaces(user)])
        return RowIdScheme(user, spaces), extents

    def now_at(self, user: str, table: Table) -> Checkpoint:
        """Return the checkpoint of a client that has all that may be shown now: it pulls only what comes later."""
        own = correction_spaces(user)
        with self._reader.consistent():
            scheme, known = self.standing(user)
            early = {space: self._reader.early(space, table.kind, self.now()) for space in own[1:] if space in known}
        extents = {space: known[space] for space in [*scheme.readable(table), *own] if space in known}
        places = {space: SpaceCheckpoint(extent.head, extent.floor) for space, extent in extents.items()}
        return places | {space: SpaceCheckpoint(seq - 1) for space, seq in early.items() if seq is not None}

    def page(self, user: str, table: Table, checkpoint: Checkpoint, limit: int) -> Page:
        """Return the next rows after a checkpoint; raises ResyncRequired."""
        with self._reader.consistent():
            return self._page(user, table, checkpoint, limit)

    def _page(self, user: str, table: Table, checkpoint: Checkpoint, limit: int) -> Page:
        scheme, found = self.standing(user, checkpoint)
        extents = proven(self._reader, positions(checkpoint), found)
        own, readable, places = correction_spaces(user), scheme.readable(table), dict(checkpoint)
        if any(extents.get(space, Extent()).is_lost(seq) for space, seq in positions(checkpoint).items()):
            raise ResyncRequired("What this client database is missing is not known any more; start over.")
        rows: list[Shown] = []
        for space in [space for space in checkpoint if space not in {*readable, *own}]:
            rows += self._forgotten(table, scheme, space, places, limit - len(rows))
        for space in readable:
            rows += self._changed(table, scheme, space, extents.get(space, Extent()), places, limit - len(rows))
        waits = [self._corrected(space, table, scheme, extents, places, rows, limit) for space in own]
        return Page(rows, places, readable, min((at for at in waits if at is not None), default=None))

    def changed(self, table: Table, space: str, after: int, until: int, limit: int) -> tuple[list[Record], int]:
        """Return records of a table that changed in a space after a seq, tombstones too, and a seq.

        The list is complete up to the returned seq, which is ``until`` if there are no more.
        """
        found = self._reader.of_kind(space, table.kind, after, until, limit)
        return found, found[-1].seq if len(found) == limit else until

    def forgotten(
        self, table: Table, space: str, after: int, until: int, limit: int
    ) -> tuple[list[Record], int | None]:
        """Return tombstones for the records of a space that the user may not read any more, in the order of first_seq.

        ``after`` and ``until`` are first_seqs. The second value is the first_seq to read on after, or None at the end.
        """
        found = self._reader.born(space, table.kind, after, until, limit)
        return [record.tombstone() for record in found], found[-1].first_seq if len(found) == limit else None

    def _forgotten(self, table: Table, scheme: RowIdScheme, space: str, places: Checkpoint, room: int) -> list[Shown]:
        """Return the next rows of a space that the user may not read any more, as rows to delete; move its place on."""
        place = places[space]
        if not place.until:
            place = SpaceCheckpoint(0, until=place.seq)
        if not room:
            return []
        found, last = self.forgotten(table, space, place.seq, place.until, room)
        if last is None:
            del places[space]
        else:
            places[space] = SpaceCheckpoint(last, until=place.until)
        return [shown(table, tombstone, scheme) for tombstone in found]

    def _changed(
        self, table: Table, scheme: RowIdScheme, space: str, extent: Extent, places: Checkpoint, room: int
    ) -> list[Shown]:
        """Return the next changed rows of a space, and move its place on."""
        place = begun(places.get(space), extent)
        if not room or place.seq >= extent.head:
            return []
        found, last = self.changed(table, space, place.seq, extent.head, room)
        places[space] = advanced_to(place, last)
        return [shown(table, record, scheme) for record in found]

    def _corrected(
        self,
        where: str,
        table: Table,
        scheme: RowIdScheme,
        extents: Extents,
        places: Checkpoint,
        rows: list[Shown],
        limit: int,
    ) -> int | None:
        """Add the rows that the corrections of a space name; return when its next one may be shown, in ms, or None."""
        now = self.now()
        head = extents.get(where, Extent()).head
        while len(rows) < limit and places.get(where, START).seq < head:
            place, room = places.get(where, START), limit - len(rows)
            found = self._reader.of_kind(where, table.kind, place.seq, head, room)
            shown_now = due(found, now)
            last = head if len(shown_now) == len(found) < room else shown_now[-1].seq if shown_now else place.seq
            places[where] = SpaceCheckpoint(last)
            there = {row.cells["id"] for row in rows}
            wanted = [correction.data["row"] for correction in shown_now if correction.data["row"] not in there]
            heads = {space: extent.head for space, extent in extents.items()}
            rows += corrected(self._reader, scheme, table, wanted, heads)
            if len(shown_now) < len(found):
                return int(found[len(shown_now)].data["due"])
            if len(found) < room:
                return None
        return None
