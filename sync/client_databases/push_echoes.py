"""Documents that RxDB may overlook, because it pulls while it pushes.

What a pull brings of a document whose push has not been answered yet is skipped by the client, and its checkpoint
moves on regardless (rxdb, `replication-protocol/downstream.ts`; seen with RxDB 16 and 17). So a document that is
pulled by the device that has just pushed it is given to it once more, a moment later.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from schemas.table import Table
from sync.clock import MINUTE
from sync.ports import Clock

WINDOW = 5_000  # ms after its answer in which a push may not have been dealt with
LONGEST_PUSH = MINUTE  # ms that a push may take
MOST_ECHOES = 10_000  # pushed documents after which the old ones are forgotten

PushEcho = tuple[str, str, str]  # device, kind, row id


class PushEchoes:
    """What was pushed just now. Remembered by the worker: a push that a crash cut short is not answered either."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._until: dict[PushEcho, int] = {}

    @contextmanager
    def of(self, device: str, table: Table, row_ids: Sequence[str]) -> Iterator[None]:
        """Take note of a push while it is worked on, and for a while after."""
        self._keep(device, table, row_ids, LONGEST_PUSH)
        try:
            yield
        finally:
            self._keep(device, table, row_ids, WINDOW)

    def among(self, device: str, table: Table, row_ids: Sequence[str]) -> list[str]:
        """Return those of some rows that a device has just pushed."""
        now = self._now()
        return [row_id for row_id in row_ids if self._until.get((device, table.kind, row_id), 0) > now]

    def _keep(self, device: str, table: Table, row_ids: Sequence[str], ms: int) -> None:
        now = self._now()
        if len(self._until) > MOST_ECHOES:
            self._until = {echo: until for echo, until in self._until.items() if until > now}
        self._until |= {(device, table.kind, row_id): now + ms for row_id in row_ids}
