"""The space cache: rows and records of the spaces that this worker writes to.

Everything cached of a space is as of its cached head. A commit takes head + 1 only if the stored head is still the
cached one, so a commit that succeeds also proves that the cache was current. A commit that fails drops the space from
the cache, and the space is read again. A stale cache can therefore cost a second attempt, never a wrong record.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from server.store.space_row import SpaceRow
from sync.record import STREAMS, Key, Record, corrections_space, later_corrections_space

NOT_KEPT = (corrections_space(""), later_corrections_space(""), "case:")  # beginnings of the names of spaces
SPACES = 20_000  # cached at most; those used longest ago are dropped first


@dataclass(slots=True)
class CachedSpace:
    """One space: its row, and those of its records that decisions depend on (None: known to be absent)."""

    row: SpaceRow
    records: dict[Key, Record | None] = field(default_factory=dict)


class SpaceCache:
    """The spaces used most recently, with their cached heads and records."""

    def __init__(self) -> None:
        self._spaces: OrderedDict[str, CachedSpace] = OrderedDict()

    def find(self, space: str) -> CachedSpace | None:
        """Return what is cached of a space, or None."""
        found = self._spaces.get(space)
        if found is not None:
            self._spaces.move_to_end(space)
        return found

    def keep(self, space: str, row: SpaceRow, records: dict[Key, Record | None]) -> None:
        """Cache a space as of its head. Messages, notes, corrections (many) and reports (large) are left out."""
        few = not space.startswith(NOT_KEPT)
        kept = {key: record for key, record in records.items() if few and key.kind not in STREAMS}
        self._spaces[space] = CachedSpace(row, kept)
        self._spaces.move_to_end(space)
        if len(self._spaces) > SPACES:
            self._spaces.popitem(last=False)

    def forget(self, space: str) -> None:
        """Drop a space from the cache."""
        self._spaces.pop(space, None)

    def clear(self) -> None:
        """Drop every space: a data key was destroyed, and the cache may hold content that it had sealed."""
        self._spaces.clear()
