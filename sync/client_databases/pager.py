"""What one client database is missing of one table, a page at a time."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from schemas.errors import ResyncRequired
from schemas.table import Table
from server.commands.context import Clock
from server.concurrency import PAGES, few_at_once
from server.store.reader import Feed
from sync.client_databases.checkpoints import START, Checkpoint, Place, begun, is_lost, moved
from sync.client_databases.corrections import due
from sync.client_databases.lookup import Shown, pointed, shown
from sync.client_databases.row_ids import Names
from sync.pull import Extent
from sync.record import rows_of

Extents = Mapping[str, Extent]


class Page(NamedTuple):
    """Rows in the order of their last change, each once; where the client is then; when to look again, if ever."""

    rows: list[Shown]
    checkpoint: Checkpoint
    spaces: Collection[str]  # that the user may read
    again_at: int | None = None  # ms since the epoch: when the next pointer may be shown


class Reader:
    """Reads pages. A page that is not full is the last one."""

    def __init__(self, feed: Feed, now: Clock) -> None:
        self._feed, self.now = feed, now

    def names(self, user: str) -> Names:
        """Return the names that rows have for a user."""
        return Names(user, self._feed.memberships(user))

    def standing(self, user: str, also: Iterable[str] = ()) -> tuple[Names, dict[str, Extent]]:
        """Return what a user's rows are called, and where their spaces, their pointers, and some others stand."""
        spaces, extents = self._feed.standing(user, [*also, rows_of(user)])
        return Names(user, spaces), extents

    def now_at(self, user: str, table: Table) -> Checkpoint:
        """Return the checkpoint of a client that has everything there is, and is yet to see what comes."""
        names, known = self.standing(user)
        where = rows_of(user)
        extents = {space: known[space] for space in [*names.readable(table), where] if space in known}
        early = self._feed.early(where, table.kind, self.now())
        places = {space: Place(extent.head, extent.floor) for space, extent in extents.items()}
        return places if early is None else places | {where: Place(early - 1)}

    @few_at_once(PAGES)
    def page(self, user: str, table: Table, checkpoint: Checkpoint, limit: int) -> Page:
        """Return the next rows after a checkpoint; raises ResyncRequired."""
        names, extents = self.standing(user, checkpoint)
        where, readable, places = rows_of(user), names.readable(table), dict(checkpoint)
        if any(is_lost(place, extents.get(space, Extent())) for space, place in checkpoint.items() if not place.until):
            raise ResyncRequired("What this client database is missing is not known any more; start over.")
        rows: list[Shown] = []
        for space in [space for space in checkpoint if space not in {*readable, where}]:
            rows += self._forgotten(table, names, space, places, limit - len(rows))
        for space in readable:
            rows += self._changed(table, names, space, extents.get(space, Extent()), places, limit - len(rows))
        again_at = self._pointed(table, names, extents, places, rows, limit)
        return Page(rows, places, readable, again_at)

    def _forgotten(self, table: Table, names: Names, space: str, places: Checkpoint, room: int) -> list[Shown]:
        """Give the rows of a space that may not be read any more, as rows to delete."""
        place = places[space]
        if not place.until:
            place = Place(0, until=place.seq)
        found = self._feed.born(space, table.kind, place.seq, place.until, room) if room else []
        if len(found) < room:
            del places[space]
        elif found:
            places[space] = Place(found[-1].first_seq, until=place.until)
        return [shown(table, record.tombstone(), names) for record in found]

    def _changed(
        self, table: Table, names: Names, space: str, extent: Extent, places: Checkpoint, room: int
    ) -> list[Shown]:
        """Give the rows of a space that changed."""
        place = begun(places.get(space), extent)
        if not room or place.seq >= extent.head:
            return []
        found = self._feed.of_kind(space, table.kind, place.seq, extent.head, room)
        places[space] = moved(place, extent.head if len(found) < room else found[-1].seq)
        return [shown(table, record, names) for record in found]

    def _pointed(
        self, table: Table, names: Names, extents: Extents, places: Checkpoint, rows: list[Shown], limit: int
    ) -> int | None:
        """Add the rows that have to be given again, and return when there will be more."""
        where, now = rows_of(names.user), self.now()
        head = extents.get(where, Extent()).head
        while len(rows) < limit and places.get(where, START).seq < head:
            place, room = places.get(where, START), limit - len(rows)
            found = self._feed.of_kind(where, table.kind, place.seq, head, room)
            shown_now = due(found, now)
            last = head if len(shown_now) == len(found) < room else shown_now[-1].seq if shown_now else place.seq
            places[where] = Place(last)
            there = {row.cells["id"] for row in rows}
            wanted = [pointer.data["row"] for pointer in shown_now if pointer.data["row"] not in there]
            heads = {space: extent.head for space, extent in extents.items()}
            rows += pointed(self._feed, names, table, wanted, heads)
            if len(shown_now) < len(found):
                return int(found[len(shown_now)].data["due"])
            if len(found) < room:
                return None
        return None
