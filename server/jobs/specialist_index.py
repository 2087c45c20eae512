"""The index of specialists in this worker's memory, read up to the heads of the spaces with their records."""

import threading
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import structlog

from schemas.text import primary_language
from server.commands.context import Clock, is_demo
from server.event_loop import give_way
from server.matching.candidate_columns import CandidateColumns
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import SHARDS

log = structlog.get_logger()

SPACES = [f"roster:{shard:02}" for shard in range(SHARDS)]
PAGE = 500  # records read at once
BREATH = 50  # specialists put into the columns before other greenlets may run


class SpecialistIndex:
    """Keeps the candidate columns up to date. Like a phone, it reads only records with a higher seq than before."""

    def __init__(self, reader: Reader, now: Clock) -> None:
        self._reader, self._now = reader, now
        self._pool, self._seen, self._day = CandidateColumns(), dict.fromkeys(SPACES, 0), 0
        self._turn = threading.Lock()

    def pool(self) -> CandidateColumns:
        """Return the specialists as they are now. Only changed records are read."""
        with self._turn:
            if self._now() // DAY != self._day:
                self._renew()
            with self._reader.consistent():
                for space, extent in self._reader.extents(SPACES).items():
                    while self._seen[space] < extent.head:
                        self._follow(space, extent.head)
            return self._pool

    @property
    def version(self) -> str:
        """A digest of the heads up to which the columns were read: equal heads have an equal digest."""
        return sha256(repr(sorted(self._seen.items())).encode()).hexdigest()[:16]

    def supervised_by(self, supervisor: str) -> list[str]:
        """Return the user ids of a supervisor's specialists."""
        pool = self.pool()
        supervisors = ((data.get("credential") or {}).get("supervisor") for data in pool.data)
        return [user for user, found in zip(pool.users, supervisors, strict=True) if found == supervisor]

    def waits(self, languages: Any, since: int) -> list[float]:
        """Return the waits in hours of the peers who have one of the languages and were paired since a time in ms."""
        asked = set(map(primary_language, languages))
        return [
            wait["hours"]
            for data in self._pool.data
            for wait in data.get("waits") or ()
            if wait["at"] >= since and not asked.isdisjoint(map(primary_language, wait["languages"]))
        ]

    def _follow(self, space: str, head: int) -> None:
        found = self._reader.after(space, self._seen[space], head, PAGE)
        for count, record in enumerate(found):
            if not record.deleted:
                self._put(record.id, record.data)
            if count % BREATH == BREATH - 1:
                give_way()
        self._seen[space] = found[-1].seq if len(found) == PAGE else head

    def _renew(self) -> None:
        """Build the columns again, once a day: they hold the weekly hours for the week that begins today."""
        self._day = self._now() // DAY
        former, self._pool = self._pool, CandidateColumns()  # drops the names that no specialist has any more
        for count, (user, data) in enumerate(zip(former.users, former.data, strict=True)):
            self._put(user, data)
            if count % BREATH == BREATH - 1:
                give_way()

    def _put(self, user: str, data: Mapping[str, Any]) -> None:
        """Put a specialist into the columns. A record that cannot be read is logged; the others are still found.

        A specialist of the demo is always marked as gone, so that no real peer is matched with a demo account.
        """
        try:
            self._pool.put(user, {**data, "gone": True} if is_demo(user) else data, self._day * DAY)
        except Exception:
            log.exception("a specialist could not be taken in")
