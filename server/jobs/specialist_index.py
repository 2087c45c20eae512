"""The specialists as this worker knows them: as of the heads of the spaces that they are kept in."""

import threading
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import structlog

from server.commands.context import Clock
from server.concurrency import give_way
from server.matching.candidate_columns import CandidateColumns
from server.store.reader import Reader
from sync.clock import DAY
from sync.record import SHARDS

log = structlog.get_logger()

SPACES = [f"roster:{shard:02}" for shard in range(SHARDS)]
PAGE = 500  # records read at once
BREATH = 50  # specialists taken in before others get their turn


class SpecialistIndex:
    """Keeps a pool up to date. What is new is what has a higher seq, as for every phone."""

    def __init__(self, reader: Reader, now: Clock) -> None:
        self._reader, self._now = reader, now
        self._pool, self._seen, self._day = CandidateColumns(), dict.fromkeys(SPACES, 0), 0
        self._turn = threading.Lock()

    def pool(self) -> CandidateColumns:
        """Return the specialists as they are now. Only what changed is read."""
        with self._turn:
            if self._now() // DAY != self._day:
                self._renew()
            for space, extent in self._reader.extents(SPACES).items():
                while self._seen[space] < extent.head:
                    self._follow(space, extent.head)
            return self._pool

    @property
    def version(self) -> str:
        """What the pool rests on, in short: the same for the same heads."""
        return sha256(repr(sorted(self._seen.items())).encode()).hexdigest()[:16]

    def supervised_by(self, supervisor: str) -> list[str]:
        """Return the specialists whom somebody supervises."""
        pool = self.pool()
        supervisors = ((data.get("credential") or {}).get("supervisor") for data in pool.data)
        return [user for user, found in zip(pool.users, supervisors, strict=True) if found == supervisor]

    def waits(self, languages: Any, since: int) -> list[float]:
        """Return the hours that peers with one of some languages waited, who found somebody since a time in ms."""
        return [
            wait["hours"]
            for data in self._pool.data
            for wait in data.get("waits") or ()
            if wait["at"] >= since and not set(languages).isdisjoint(wait["languages"])
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
        """Work the hours out anew: they are those of a week that begins now."""
        self._day = self._now() // DAY
        former, self._pool = self._pool, CandidateColumns()  # names that nobody has any more are gone
        for count, (user, data) in enumerate(zip(former.users, former.data, strict=True)):
            self._put(user, data)
            if count % BREATH == BREATH - 1:
                give_way()

    def _put(self, user: str, data: Mapping[str, Any]) -> None:
        """Take a specialist in. One who cannot be understood keeps no other from being found."""
        try:
            self._pool.put(user, data, self._day * DAY)
        except Exception:
            log.exception("a specialist could not be taken in")
