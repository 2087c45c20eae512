"""Quotas: the most data in one space, so that no account can fill the disk for all others."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import TooLarge
from server.commands.access import has_readers
from server.commands.context import Command, Context
from sync.record import Record, is_private, private

MEGABYTE = 1_000_000  # characters, which are about as many bytes
UNCOUNTED = "message"  # records of this kind are not counted; only their size is limited


@dataclass(frozen=True, slots=True)
class Quotas:
    """The quotas of every space that users can read; 0 means that there is none."""

    records: int  # of one kind, without messages and deleted records
    megabytes: int  # of all records in a space

    def require_room(self, context: Context, command: Command, records: Iterable[Record]) -> None:
        """Raise TooLarge if a command would add a record to a space that is full.

        Only new records of the command's own kind count, in shared spaces and in the caller's private space: a record
        that a command adds to another user's private space is never refused.
        """
        own = private(context.caller.user)
        for record in records:
            is_anothers = is_private(record.space) and record.space != own
            is_counted = record.kind == command.kind and has_readers(record.space) and not is_anothers
            if is_counted and context.reads.get(record.key) is None:
                self._require_number(context, record)
                self._require_size(context, record)

    def _require_number(self, context: Context, record: Record) -> None:
        kind, most = record.kind, self.records
        if most and kind != UNCOUNTED and context.reads.usage(record.space, kind).records >= most:
            message = f"There are {most} of the kind {kind} here already; delete some of them first."
            raise TooLarge(message, field="records_per_kind", kind=kind, space=record.space, limit=most)

    def _require_size(self, context: Context, record: Record) -> None:
        most = self.megabytes
        if most and context.reads.usage(record.space).characters >= most * MEGABYTE:
            message = f"There are {most} MB in this space already; delete something first."
            raise TooLarge(message, field="megabytes_per_space", space=record.space, limit=most)
