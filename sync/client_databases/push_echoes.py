"""Push echoes: documents that RxDB may overlook, because it pulls while it pushes.

RxDB skips a pulled document while its own push of this document has no answer yet, and still moves its checkpoint on
(rxdb, `replication-protocol/downstream.ts`; seen with RxDB 16 and 17). So if a device pulls a document that it has
just pushed, the document is sent to this device once more, a moment later.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from schemas.table import Table
from sync.clock import MINUTE
from sync.ports import Clock

WINDOW = 5_000  # ms after the answer to a push in which the client may not have processed it yet
LONGEST_PUSH = MINUTE  # ms that a push may take
MOST_ECHOES = 10_000  # pushed documents; when there are more, those whose time is over are dropped

PushEcho = tuple[str, str, str]  # device, kind, row id


class PushEchoes:
    """The documents pushed just now, in the worker's memory only: a push that a crash cuts short gets no answer."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._until: dict[PushEcho, int] = {}

    @contextmanager
    def of(self, device: str, table: Table, row_ids: Sequence[str]) -> Iterator[None]:
        """Remember the documents of a push while it is processed, and for WINDOW ms after its answer."""
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
